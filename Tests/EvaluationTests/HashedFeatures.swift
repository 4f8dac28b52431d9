@testable import Evaluation

/// Features made of whole numbers, the same as by `Tests/Fixtures/evaluation/make_scores.py`, so that none are stored.
enum HashedFeatures {
    /// SplitMix64 of (seed, index): 24 bits in [0, 1).
    static func uniform(_ seed: Int, _ index: Int) -> Double {
        var z = UInt64(seed) << 40 &+ UInt64(index) &+ 1
        z = z &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        z ^= z >> 31
        return Double(z >> 40) / 16_777_216
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
