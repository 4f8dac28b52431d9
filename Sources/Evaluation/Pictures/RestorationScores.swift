import Images
import Tensors

/// How near restored pictures (inpainted, or made from a smaller size) come to their originals.
public enum RestorationScores {
    private static let replicates = 1_000

    /// `psnr` in dB and `ssim`, means over the pictures. Pictures that are restored to the bit have no PSNR: they are
    /// left out of it, and counted in a warning.
    /// - Parameters:
    ///   - originals: real pictures.
    ///   - restored: as many, in the same order and of the same shapes.
    /// - Throws: what the pictures throw; `EvaluationError` for different counts or shapes, or sides under 11 pixels.
    public static func scores(
        originals: PictureSet, restored: PictureSet, seed: UInt64, on compute: Compute
    ) throws -> [Score] {
        guard originals.count == restored.count, originals.count > 0 else {
            throw EvaluationError(
                "restored pictures", expected: "\(max(originals.count, 1)), one an original", got: "\(restored.count)")
        }
        let pairs = try compute.map(originals.count) { index in
            let (original, other) = try (originals.picture(index), restored.picture(index))
            return (
                ratio: try PixelError.peakSignalToNoise(original, other),
                similarity: try StructuralSimilarity.value(original, other)
            )
        }
        let units = ResamplingUnits(groups: originals.groups, count: originals.count, seed: seed, bins: .realBins)
        let weights = try compute.map(replicates) { replicate in
            units.spread(units.weights(replicate, EvaluationDraw.realUnits.indices(seed: seed)))
        }
        var ratio = mean("psnr", pairs.map(\.ratio), weights, units)
        let exact = pairs.count { $0.ratio == nil }
        if exact > 0, ratio.value != nil { ratio.warnings.append("\(exact) pictures equal their originals: left out") }
        if ratio.value == nil { ratio.reason = "all pictures equal their originals" }
        return [ratio, mean("ssim", pairs.map(\.similarity), weights, units)]
    }

    private static func mean(
        _ name: String, _ values: [Double?], _ weights: [[Double]], _ units: ResamplingUnits
    ) -> Score {
        func weighted(_ weights: [Double]) -> Double {
            var (sum, total) = (0.0, 0.0)
            for (value, weight) in zip(values, weights) {
                guard let value else { continue }
                sum += weight * value
                total += weight
            }
            return sum / total
        }
        let value = weighted(Array(repeating: 1, count: values.count)), count = values.count
        var score = Score(name, value: value, counts: (count, count), features: nil, direction: .higher)
        if score.value != nil {
            score.interval = Replicates(weights.map(weighted), units: units.count).interval(about: value)
        }
        return score
    }
}
