/// For each pixel of one axis of the new picture: the pixels of the old one that it is made of, and their weights.
struct ResizingTaps {
    /// The first old pixel of each new one.
    let starts: [Int]
    /// Old pixels of each new one.
    let counts: [Int]
    /// The weights of new pixel i are those from `i * width`.
    let weights: [Double]
    let width: Int

    /// - Parameters:
    ///   - size: pixels of the old axis.
    ///   - part: which of it is shown, in pixels from its beginning, within `0 ... size` and not empty.
    ///   - target: pixels of the new axis.
    init(size: Int, part: ClosedRange<Double>, target: Int, filter: ResizingFilter) {
        let scale = (part.upperBound - part.lowerBound) / Double(target)
        let reduction = max(scale, 1)
        let support = filter.support * reduction
        let width = Int(support.rounded(.up)) * 2 + 1
        var starts: [Int] = [], counts: [Int] = []
        var weights = [Double](repeating: 0, count: width * target)
        for pixel in 0..<target {
            let center = part.lowerBound + (Double(pixel) + 0.5) * scale
            let start = max(0, Int(center - support + 0.5))
            let end = min(size, Int(center + support + 0.5))
            let count = min(max(end - start, 0), width)
            var sum = 0.0
            for tap in 0..<count {
                let weight = filter.weight((Double(tap + start) - center + 0.5) / reduction)
                weights[pixel * width + tap] = weight
                sum += weight
            }
            if sum != 0 { for tap in 0..<count { weights[pixel * width + tap] /= sum } }
            starts.append(start)
            counts.append(count)
        }
        (self.starts, self.counts, self.weights, self.width) = (starts, counts, weights, width)
    }

    /// Bits behind the point of a weight for samples of 8 bits: 32 less 8 of the sample and 2 for overshoot.
    static let fractionBits = 22

    /// The weights in fixed point, halves away from zero.
    var fixed: [Int32] {
        weights.map { Int32(($0 * Double(1 << Self.fractionBits)).rounded(.toNearestOrAwayFromZero)) }
    }
}
