import TestSupport

@testable import Evaluation

/// Features made of whole numbers, the same as by `Tests/Fixtures/evaluation/make_scores.py`, so that none are stored.
enum HashedFeatures {
    /// SplitMix64 of (seed, index): 24 bits in [0, 1).
    static func uniform(_ seed: Int, _ index: Int) -> Double {
        let place = UInt64(seed) << 40 &+ UInt64(index) &+ 1
        return Double(SplitMix64.mix(place &* 0x9E37_79B9_7F4A_7C15) >> 40) / 16_777_216
    }

    static func table(
        _ seed: Int, count: Int, dimension: Int, shift: Double, groups: [String]? = nil, extractor: String = "hashed"
    ) throws -> FeatureTable {
        var values: [Float] = []
        values.reserveCapacity(count * dimension)
        for row in 0..<count {
            for column in 0..<dimension {
                let common = uniform(seed + 100, row * 8 + column % 8), own = uniform(seed, row * dimension + column)
                let scale = 0.25 + Double(column % 7) * 0.125
                values.append(Float((own + 0.5 * common) * scale + shift * Double(column % 3)))
            }
        }
        return try FeatureTable(extractor: extractor, dimension: dimension, values: values, groups: groups)
    }
}
