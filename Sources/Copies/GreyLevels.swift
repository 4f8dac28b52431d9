import Images

/// A grey picture as an index keeps it, 32x32: one byte a pixel, the square root of the place between its darkest pixel
/// (0) and its brightest (255), so that dark levels stay apart.
struct GreyLevels: Sendable, Equatable {
    /// Pixels of both sides of a thumbnail.
    static let side = 32
    static let count = side * side

    /// `width * height` bytes, row by row; a thumbnail has `count`.
    let bytes: [UInt8]
    let width: Int

    var height: Int { bytes.count / width }

    init(bytes: [UInt8], width: Int = side) { (self.bytes, self.width) = (bytes, width) }

    /// - Parameter samples: whole rows of `width` samples of any depth.
    /// - Returns: nil for a picture of one level, which looks like nothing.
    init?(_ samples: [UInt16], width: Int = side) {
        self.width = width
        guard let low = samples.min(), let high = samples.max(), high > low else { return nil }
        let scale = 1 / Float(high - low)
        bytes = samples.map { UInt8((255 * (Float($0 - low) * scale).squareRoot()).rounded()) }
    }

    /// Seen in a mirror: left is right.
    var mirrored: GreyLevels {
        var turned = bytes
        for row in 0..<height {
            for column in 0..<width { turned[row * width + column] = bytes[(row + 1) * width - 1 - column] }
        }
        return GreyLevels(bytes: turned, width: width)
    }

    private var histogram: [Float] {
        var counts = [Float](repeating: 0, count: 256)
        for byte in bytes { counts[Int(byte)] += 1 }
        return counts
    }

    /// Each pixel's mean rank, 0 ... 1: histogram equalisation, which no change of brightness, contrast or gamma
    /// alters.
    var ranks: [Float] {
        var table = [Float](repeating: 0, count: 256)
        var below: Float = 0
        for (level, count) in histogram.enumerated() {
            table[level] = (below + count / 2) / Float(bytes.count)
            below += count
        }
        return bytes.map { table[Int($0)] }
    }

    /// Ranks that do not tell nearly equal levels apart: the histogram is smoothed by a Gaussian of 3 % of the range
    /// first. Where most of a picture is black, its noise and that of a JPEG file would else make up most of the ranks.
    var softRanks: [Float] {
        var linear = [Float](repeating: 0, count: 256)
        for (level, count) in histogram.enumerated() { linear[level * level / 255] += count }
        var smoothed = [Float](repeating: 0, count: 256)
        // What lies beyond the lower end is below all levels.
        var below: Float = 0
        for (level, count) in linear.enumerated() where count > 0 {
            for (place, weight) in Self.gaussian.enumerated() {
                let target = level + place - Self.reach
                if target < 0 {
                    below += count * weight
                } else if target < 256 {
                    smoothed[target] += count * weight
                }
            }
        }
        var table = [Float](repeating: 0, count: 256)
        for level in 0..<256 {
            table[level] = (below + smoothed[level] / 2) / Float(bytes.count)
            below += smoothed[level]
        }
        return bytes.map { table[Int($0) * Int($0) / 255] }
    }

    private static let reach = 24
    /// Weights of -24 ... 24 levels, of a deviation of 3 % of 256 levels; they sum to 1.
    private static let gaussian: [Float] = {
        let values = (-reach...reach).map { place in
            let distance = Float(place) / (0.03 * 256)
            return power(distance * distance)
        }
        let sum = values.reduce(0, +)
        return values.map { $0 / sum }
    }()

    /// exp(-x / 2) for 0 ... 10, by its series for a 64th of it: the weights need not be exact, but the same
    /// everywhere.
    private static func power(_ x: Float) -> Float {
        let small = -x / 128
        var value = 1 + small * (1 + small / 2 * (1 + small / 3))
        for _ in 0..<6 { value *= value }
        return value
    }
}
