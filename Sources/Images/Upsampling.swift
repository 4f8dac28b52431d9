/// Enlarging by a whole number with pixel centres kept in place: torch's `interpolate(align_corners=False)`.
public enum Upsampling: String, Sendable, CaseIterable {
    case nearest, bilinear
    /// Keys 1981 with a = -0.75, torch's; overshoots at edges.
    case bicubic

    /// - Parameter image: [channels, height, width].
    /// - Returns: [channels, scale * height, scale * width].
    package func enlarge(_ image: [Float], width: Int, height: Int, scale: Int) -> [Float] {
        let (across, down) = (taps(width, scale: scale), taps(height, scale: scale))
        let channels = image.count / (width * height)
        var result: [Float] = []
        result.reserveCapacity(image.count * scale * scale)
        for channel in 0..<channels {
            let plane = image[(channel * width * height)...]
            for row in down {
                for column in across {
                    var sum = 0.0
                    for (y, weightY) in row {
                        for (x, weightX) in column {
                            sum += weightY * weightX * Double(plane[plane.startIndex + y * width + x])
                        }
                    }
                    result.append(Float(sum))
                }
            }
        }
        return result
    }

    /// The source places of each output place and their weights; beyond an edge the edge counts.
    private func taps(_ size: Int, scale: Int) -> [[(place: Int, weight: Double)]] {
        (0..<(size * scale)).map { i in
            if self == .nearest { return [(i / scale, 1)] }
            let centre = (Double(i) + 0.5) / Double(scale) - 0.5
            let first = Int(centre.rounded(.down))
            let t = centre - Double(first)
            let weights =
                self == .bilinear
                ? [1 - t, t] : [Self.cubic(1 + t), Self.cubic(t), Self.cubic(1 - t), Self.cubic(2 - t)]
            let start = first - (weights.count / 2 - 1)
            return weights.enumerated().map { (min(max(start + $0, 0), size - 1), $1) }
        }
    }

    private static func cubic(_ x: Double) -> Double {
        let a = -0.75
        return x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : (((x - 5) * x + 8) * x - 4) * a
    }
}
