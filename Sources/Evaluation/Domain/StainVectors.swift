import Images
import Numbers

/// The stains of an image in haematoxylin and eosin: the optical densities' plane of most variation, and in it the two
/// directions between which nearly all lie (Macenko et al., "A method for normalizing histology slides for quantitative
/// analysis", ISBI 2009).
struct StainVectors {
    /// Red, green and blue of the optical density of each stain, of length 1.
    let haematoxylin: [Double], eosin: [Double]
    /// Eosin's share of all stain of the tissue.
    let eosinShare: Double

    /// The paper's: densities (natural logarithms) that count, and percent of the angles that are passed over.
    static let beta = 0.15, alpha = 1.0
    /// Pixels of tissue without which nothing is said.
    static let fewest = 30

    /// Nil where there is too little tissue, or its densities do not span a plane.
    /// - Parameter image: 8 bits, three channels.
    init?(_ image: PixelImage) {
        let densities = Self.densities(image).filter { $0.allSatisfy { $0 >= Self.beta } }
        guard densities.count >= Self.fewest, let plane = Self.plane(densities) else { return nil }
        let angles = densities.map { density in
            Arctangent.of(y: Self.dot(density, plane.second), x: Self.dot(density, plane.first))
        }.sorted()
        let ends = [Self.alpha, 100 - Self.alpha].map { percent in
            let turn = ElementaryFunctions.sinCos(Self.percentile(angles, percent))
            return (0..<3).map { plane.first[$0] * turn.cosine + plane.second[$0] * turn.sine }
        }
        // Haematoxylin takes more of the red.
        (haematoxylin, eosin) = ends[0][0] > ends[1][0] ? (ends[0], ends[1]) : (ends[1], ends[0])
        let overlap = Self.dot(haematoxylin, eosin), determinant = 1 - overlap * overlap
        guard determinant > 1e-12 else { return nil }
        var sums = (0.0, 0.0)
        for density in densities {
            let (h, e) = (Self.dot(density, haematoxylin), Self.dot(density, eosin))
            sums.0 += max(0, (h - overlap * e) / determinant)
            sums.1 += max(0, (e - overlap * h) / determinant)
        }
        let all = sums.0 + sums.1
        guard all > 0 else { return nil }
        eosinShare = sums.1 / all
    }

    /// -ln((v + 1) / 240) of each pixel's channels: white glass has 240.
    static func densities(_ image: PixelImage) -> [[Double]] {
        let table = (0...255).map { -ElementaryFunctions.log((Double($0) + 1) / 240) }
        return stride(from: 0, to: image.samples.count, by: 3).map { place in
            (0..<3).map { table[min(255, Int(image.samples[place + $0]))] }
        }
    }

    /// The two eigenvectors of the covariance with the largest eigenvalues, the first turned to positive densities.
    private static func plane(_ densities: [[Double]]) -> (first: [Double], second: [Double])? {
        let count = Double(densities.count)
        let mean = (0..<3).map { channel in densities.reduce(0) { $0 + $1[channel] } / count }
        var covariance = [Double](repeating: 0, count: 9)
        for density in densities {
            for row in 0..<3 {
                for column in 0..<3 {
                    covariance[3 * row + column] +=
                        (density[row] - mean[row]) * (density[column] - mean[column]) / (count - 1)
                }
            }
        }
        guard
            let found = try? Matrix(rows: 3, columns: 3, values: covariance).eigenvectors(largest: 2),
            found.values.allSatisfy({ $0 > 0 })
        else { return nil }
        // The most variation is the last.
        func vector(_ row: Int) -> [Double] {
            let vector = Array(found.vectors.row(row))
            return vector.reduce(0, +) < 0 ? vector.map { -$0 } : vector
        }
        return (vector(1), vector(0))
    }

    private static func dot(_ a: [Double], _ b: [Double]) -> Double { a[0] * b[0] + a[1] * b[1] + a[2] * b[2] }

    /// As NumPy's: between two values in proportion.
    private static func percentile(_ sorted: [Double], _ percent: Double) -> Double {
        let place = percent / 100 * Double(sorted.count - 1), low = Int(place)
        return sorted[low] + (sorted[min(low + 1, sorted.count - 1)] - sorted[low]) * (place - Double(low))
    }
}

/// The angle of a vector.
enum Arctangent {
    /// -pi to pi, within 1e-15: the angle is halved thrice, then summed by its series.
    static func of(y: Double, x: Double) -> Double {
        guard x != 0 || y != 0 else { return 0 }
        let length = (x * x + y * y).squareRoot()
        // tan(a / 2) = y / (length + x); where x is negative by its mirror image, which loses no digits.
        guard x >= 0 else { return (y < 0 ? -Double.pi : .pi) - of(y: y, x: -x) }
        var tangent = y / (length + x)
        for _ in 0..<2 { tangent /= 1 + (1 + tangent * tangent).squareRoot() }
        var power = tangent, sum = 0.0, sign = 1.0
        for order in stride(from: 1, through: 25, by: 2) {
            sum += sign * power / Double(order)
            power *= tangent * tangent
            sign = -sign
        }
        return 8 * sum
    }
}
