import Images
import Tensors

/// How alike the pictures of one set are among each other: the mean MS-SSIM of random pairs (Odena et al., arXiv
/// 1610.09585, section 4.2). A set whose pairs are more alike than those of real pictures lacks variety.
public struct PairSimilarity {
    /// Pairs that are compared at most.
    public static let pairs = 500
    private static let replicates = 1_000
    private static let attempts = 100

    /// `ms_ssim`, of pairs of synthetic pictures, and `ms_ssim_real`, of pairs of real ones of different patients.
    /// - Throws: what the pictures throw; `EvaluationError` for pictures of one set in different shapes or too small.
    public static func scores(real: PictureSet, synthetic: PictureSet, seed: UInt64, on compute: Compute) throws
        -> [Score]
    {
        let similarity = PairSimilarity(counts: (real.count, synthetic.count), seed: seed, compute: compute)
        return [
            try similarity.score("ms_ssim", of: synthetic, .syntheticPairs),
            try similarity.score("ms_ssim_real", of: real, .realPairs),
        ]
    }

    private let counts: (real: Int, synthetic: Int)
    private let seed: UInt64
    private let compute: Compute

    private func score(_ name: String, of set: PictureSet, _ draw: EvaluationDraw) throws -> Score {
        let pairs = Self.pairs(of: set, draw.indices(seed: seed))
        guard !pairs.isEmpty else {
            return Score(
                name, missing: "no two pictures of different groups", counts: counts, features: nil, direction: .none)
        }
        let first = try set.picture(pairs[0].0)
        guard min(first.width, first.height) >= 11 else {
            let reason = "pictures of \(first.width)x\(first.height) pixels are smaller than its window of 11"
            return Score(name, missing: reason, counts: counts, features: nil, direction: .none)
        }
        let values = try compute.map(pairs.count) { pair in
            try StructuralSimilarity.multiscale(set.picture(pairs[pair].0), set.picture(pairs[pair].1))
        }
        let mean = values.reduce(0, +) / Double(values.count)
        let units = ResamplingUnits(groups: set.groups, count: set.count, seed: seed, bins: .syntheticBins)
        let replicates = try compute.map(Self.replicates) { replicate in
            let weights = units.weights(replicate, draw.indices(seed: ~seed))
            let ofPairs = pairs.map { weights[units.unitOfRow[$0.0]] * weights[units.unitOfRow[$0.1]] }
            return zip(values, ofPairs).reduce(0) { $0 + $1.0 * $1.1 } / ofPairs.reduce(0, +)
        }
        var score = Score(name, value: mean, counts: counts, features: nil, direction: .none)
        score.interval = Replicates(replicates, units: units.count).interval(about: mean, within: 0...1)
        let scales = StructuralSimilarity.scales(of: min(first.width, first.height))
        if scales < 5 {
            score.warnings.append("\(scales) scales at \(first.width)x\(first.height) pixels, where five are published")
        }
        return score
    }

    /// Pairs of different pictures, of different groups where these are known.
    private static func pairs(of set: PictureSet, _ draws: RandomIndices) -> [(Int, Int)] {
        guard set.count > 1 else { return [] }
        var pairs: [(Int, Int)] = []
        for attempt in 0..<Self.pairs * attempts where pairs.count < Self.pairs {
            let first = draws.draw(2 * attempt, of: 0, below: set.count)
            let second = draws.draw(2 * attempt + 1, of: 0, below: set.count)
            guard first != second, set.groups.map({ $0[first] != $0[second] }) ?? true else { continue }
            pairs.append((first, second))
        }
        return pairs
    }
}
