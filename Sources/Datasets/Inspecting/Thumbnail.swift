import Bytes
import Images

/// A picture of 32x32 pixels, each with its rank among them instead of its level, as a vector of mean 0 and length 1:
/// the product of two is the correlation of their ranks, which contrast, brightness and gamma do not change.
struct Thumbnail: Sendable {
    static let side = 32
    /// `side * side` numbers.
    let values: [Float]
    /// Its projection on blocks of 8x8 pixels: two thumbnails are no nearer to each other than these are.
    let coarse: [Float]
    /// The digest of the stored samples, equal for equal pictures.
    let digest: Digest

    /// - Returns: nil for a picture of one level, which has no ranks.
    init?(_ picture: PixelImage) {
        digest = picture.digest
        guard let small = try? picture.thumbnail(side: Self.side) else { return nil }
        let ranks = Self.ranks(small.samples)
        let mean = ranks.reduce(0, +) / Float(ranks.count)
        let length = ranks.reduce(Float(0)) { $0 + ($1 - mean) * ($1 - mean) }.squareRoot()
        guard length > 0 else { return nil }
        values = ranks.map { ($0 - mean) / length }
        var coarse = [Float](repeating: 0, count: 16)
        for (place, value) in values.enumerated() {
            coarse[place / Self.side / 8 * 4 + place % Self.side / 8] += value / 8
        }
        self.coarse = coarse
    }

    /// The place of each sample in ascending order; equal samples share the mean of theirs.
    private static func ranks(_ samples: [UInt16]) -> [Float] {
        let order = samples.indices.sorted { (samples[$0], $0) < (samples[$1], $1) }
        var ranks = [Float](repeating: 0, count: samples.count)
        var start = 0
        while start < order.count {
            var end = start
            while end < order.count, samples[order[end]] == samples[order[start]] { end += 1 }
            for place in start..<end { ranks[order[place]] = Float(start + end - 1) / 2 }
            start = end
        }
        return ranks
    }

    /// The correlation of what is left of two without the mean of each pixel's neighbourhood of 3x3: of edges and
    /// texture. Chests or heads of two people agree in their outlines, but not in these.
    func detailCorrelation(_ other: Thumbnail) -> Float {
        let (own, others) = (detail, other.detail)
        func product(_ first: [Float], _ second: [Float]) -> Float { zip(first, second).reduce(0) { $0 + $1.0 * $1.1 } }
        let lengths = product(own, own) * product(others, others)
        return lengths > 0 ? product(own, others) / lengths.squareRoot() : 0
    }

    private var detail: [Float] {
        let side = Self.side
        return values.indices.map { place in
            let row = place / side, column = place % side
            var sum: Float = 0
            for down in -1...1 {
                for across in -1...1 {
                    sum += values[min(max(row + down, 0), side - 1) * side + min(max(column + across, 0), side - 1)]
                }
            }
            return values[place] - sum / 9
        }
    }

    /// The correlation of two, -1 ... 1.
    func correlation(_ other: Thumbnail) -> Float {
        var sums = SIMD8<Float>()
        for place in stride(from: 0, to: values.count, by: 8) {
            for lane in 0..<8 { sums[lane] += values[place + lane] * other.values[place + lane] }
        }
        return sums.sum()
    }
}
