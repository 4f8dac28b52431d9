/// An affine map of image coordinates, in pixels from the centre: (x, y) of the result is taken from
/// (a x + b y + c, d x + e y + f) of the source.
struct AffineWarp: Sendable, Equatable {
    var a = 1.0, b = 0.0, c = 0.0
    var d = 0.0, e = 1.0, f = 0.0

    var isIdentity: Bool { self == AffineWarp() }

    /// This map after `other`: the result's coordinates pass through this one first.
    func then(_ other: AffineWarp) -> AffineWarp {
        AffineWarp(
            a: other.a * a + other.b * d, b: other.a * b + other.b * e, c: other.a * c + other.b * f + other.c,
            d: other.d * a + other.e * d, e: other.d * b + other.e * e, f: other.d * c + other.e * f + other.f)
    }

    /// The image warped, bilinear; beyond an edge the image is mirrored, without the edge twice.
    /// - Parameter image: [channels, height, width].
    func applied(to image: [Float], height: Int, width: Int) -> [Float] {
        guard !isIdentity else { return image }
        let area = height * width
        var result = [Float](repeating: 0, count: image.count)
        let (centreX, centreY) = (0.5 * Double(width - 1), 0.5 * Double(height - 1))
        for y in 0..<height {
            for x in 0..<width {
                let (u, v) = (Double(x) - centreX, Double(y) - centreY)
                let (sourceX, sourceY) = (a * u + b * v + c + centreX, d * u + e * v + f + centreY)
                let (left, top) = (sourceX.rounded(.down), sourceY.rounded(.down))
                let (right, below) = (Float(sourceX - left), Float(sourceY - top))
                let columns = (Self.mirrored(left, width), Self.mirrored(left + 1, width))
                let rows = (Self.mirrored(top, height) * width, Self.mirrored(top + 1, height) * width)
                for plane in stride(from: 0, to: image.count, by: area) {
                    let (first, second) = (plane + rows.0, plane + rows.1)
                    let upper = image[first + columns.0] * (1 - right) + image[first + columns.1] * right
                    let lower = image[second + columns.0] * (1 - right) + image[second + columns.1] * right
                    result[plane + y * width + x] = upper * (1 - below) + lower * below
                }
            }
        }
        return result
    }

    /// The place within 0..<size that stands for `place` where the image is continued by its mirror images.
    private static func mirrored(_ place: Double, _ size: Int) -> Int {
        guard size > 1 else { return 0 }
        let period = 2 * (size - 1)
        let rest = Int(min(max(place, -1e9), 1e9)) % period
        let positive = rest < 0 ? rest + period : rest
        return positive < size ? positive : period - positive
    }
}
