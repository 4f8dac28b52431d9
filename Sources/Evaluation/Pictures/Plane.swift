import Images
import Numbers

/// One channel of a picture in double precision.
struct Plane: Sendable {
    let width: Int
    let height: Int
    /// Row by row.
    var values: [Double]

    init(width: Int, height: Int, values: [Double]) {
        self.width = width
        self.height = height
        self.values = values
    }

    /// A channel as it is stored: 0 to the picture's maximum.
    init(_ image: PixelImage, channel: Int) {
        self.init(
            width: image.width, height: image.height,
            values: stride(from: channel, to: image.samples.count, by: image.channels).map { Double(image.samples[$0]) }
        )
    }

    /// The plane filtered along both axes, with its edges mirrored (the edge's own pixel counts again).
    func filtered(_ taps: GaussianTaps) -> Plane {
        let radius = taps.radius
        func mirrored(_ count: Int) -> [Int] {
            (-radius..<count + radius).map { place in
                let within = ((place % (2 * count)) + 2 * count) % (2 * count)
                return within < count ? within : 2 * count - 1 - within
            }
        }
        let (columns, rows) = (mirrored(width), mirrored(height))
        let wide = Plane(
            width: width + 2 * radius, height: height + 2 * radius,
            values: rows.flatMap { row in columns.map { values[row * width + $0] } })
        return wide.filteredInside(taps)
    }

    /// The plane filtered along both axes where the window fits: smaller by twice the radius.
    func filteredInside(_ taps: GaussianTaps) -> Plane {
        let span = 2 * taps.radius, innerWidth = width - span, innerHeight = height - span
        var rows = [Double](repeating: 0, count: height * innerWidth)
        for y in 0..<height {
            for (tap, weight) in taps.weights.enumerated() {
                let source = y * width + tap
                for x in 0..<innerWidth { rows[y * innerWidth + x] += weight * values[source + x] }
            }
        }
        var result = [Double](repeating: 0, count: innerHeight * innerWidth)
        for y in 0..<innerHeight {
            for (tap, weight) in taps.weights.enumerated() {
                let source = (y + tap) * innerWidth
                for x in 0..<innerWidth { result[y * innerWidth + x] += weight * rows[source + x] }
            }
        }
        return Plane(width: innerWidth, height: innerHeight, values: result)
    }

    /// The plane at half its size, as torch's `avg_pool2d(2, padding: side % 2)`: means of four, where a side is odd of
    /// a zero beyond its edges too.
    func halved() -> Plane {
        let (left, top) = (width % 2, height % 2)
        let (newWidth, newHeight) = (width / 2 + left, height / 2 + top)
        var result = [Double](repeating: 0, count: newWidth * newHeight)
        for y in 0..<newHeight {
            for x in 0..<newWidth {
                for (row, column) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                    let (sourceY, sourceX) = (2 * y - top + row, 2 * x - left + column)
                    guard (0..<height).contains(sourceY), (0..<width).contains(sourceX) else { continue }
                    result[y * newWidth + x] += values[sourceY * width + sourceX] / 4
                }
            }
        }
        return Plane(width: newWidth, height: newHeight, values: result)
    }

    /// Two planes of one size, value by value.
    func times(_ other: Plane) -> Plane {
        Plane(width: width, height: height, values: zip(values, other.values).map(*))
    }
}

/// Weights of a Gaussian window, in all 1.
struct GaussianTaps: Sendable {
    let radius: Int
    /// 2 radius + 1 of them.
    let weights: [Double]

    init(sigma: Double, radius: Int) {
        self.radius = radius
        let values = (-radius...radius).map { ElementaryFunctions.exp(-Double($0 * $0) / (2 * sigma * sigma)) }
        let sum = values.reduce(0, +)
        weights = values.map { $0 / sum }
    }
}
