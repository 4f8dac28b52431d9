/// What one view of a picture is compared by: its detail under both equalisations, as vectors of length 1, whose
/// product is a correlation.
///
/// Detail is what is left of a pixel without the mean of its neighbours, 3x3 of a thumbnail. Chests of two people agree
/// in their outlines, but not in these. The two outermost pixels of each side do not count: a shifted picture has
/// others there.
struct Fingerprint: Sendable {
    static let margin = 2
    /// Pixels of one side of a thumbnail without its margin.
    static let inner = GreyLevels.side - 2 * margin
    /// Values of each vector, 784, and lanes of 16 that hold them.
    static let count = inner * inner
    static let lanes = count / 16

    let soft: [SIMD16<Float>]
    let hard: [SIMD16<Float>]

    /// - Returns: nil where there is no detail.
    init?(_ levels: GreyLevels) {
        let width = levels.width
        guard let soft = Self.detail(levels.softRanks, width), let hard = Self.detail(levels.ranks, width) else {
            return nil
        }
        (self.soft, self.hard) = (soft, hard)
    }

    /// The detail alone that features are made of.
    static func softDetail(_ levels: GreyLevels) -> [SIMD16<Float>]? { detail(levels.softRanks, levels.width) }

    /// - Parameter width: pixels of a row; pictures of fewer pixels than two margins and one have no detail.
    private static func detail(_ ranks: [Float], _ width: Int) -> [SIMD16<Float>]? {
        let height = ranks.count / width
        let count = max(0, width - 2 * margin) * max(0, height - 2 * margin)
        guard count > 0 else { return nil }
        // 3x3 pixels of a thumbnail, and the same part of a larger picture.
        let reach = max(1, 3 * min(width, height) / GreyLevels.side / 2)
        var vector = [SIMD16<Float>](repeating: .zero, count: (count + 15) / 16)
        let sums = runningSums(ranks, width)
        var (sum, place) = (Float(0), 0)
        for row in margin..<height - margin {
            let (top, bottom) = (max(0, row - reach), min(height, row + reach + 1))
            for column in margin..<width - margin {
                let (left, right) = (max(0, column - reach), min(width, column + reach + 1))
                let (upper, lower) = (top * (width + 1), bottom * (width + 1))
                let around = sums[lower + right] - sums[lower + left] - sums[upper + right] + sums[upper + left]
                let value = ranks[row * width + column] - 0.5 - around / Float((bottom - top) * (right - left))
                vector[place / 16][place % 16] = value
                sum += value
                place += 1
            }
        }
        let mean = sum / Float(count)
        for place in 0..<count { vector[place / 16][place % 16] -= mean }
        let length = product(vector, vector).squareRoot()
        guard length > 1e-6 else { return nil }
        for lane in vector.indices { vector[lane] /= length }
        return vector
    }

    /// The sum of all pixels above and to the left of each corner between pixels.
    private static func runningSums(_ values: [Float], _ width: Int) -> [Float] {
        let wide = width + 1
        var sums = [Float](repeating: 0, count: wide * (values.count / width + 1))
        for row in 0..<values.count / width {
            var line: Float = 0
            for column in 0..<width {
                line += values[row * width + column] - 0.5
                sums[(row + 1) * wide + column + 1] = sums[row * wide + column + 1] + line
            }
        }
        return sums
    }

    /// The sum of products, reckoned in 16 lanes.
    static func product(_ first: [SIMD16<Float>], _ second: [SIMD16<Float>]) -> Float {
        var sums = SIMD16<Float>.zero
        for lane in 0..<min(first.count, second.count) { sums += first[lane] * second[lane] }
        return sums.sum()
    }

    /// The larger of the two correlations, -1 ... 1.
    func correlation(_ other: Fingerprint) -> Float {
        min(1, max(Self.product(soft, other.soft), Self.product(hard, other.hard)))
    }
}
