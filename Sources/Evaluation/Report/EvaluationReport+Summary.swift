import Checkpoints
import JSON

extension EvaluationReport {
    /// What is carried with the model: the verdict, and the numbers that one chooses by.
    public var summary: EvaluationSummary {
        func set(_ role: ImageSet.Role) -> Set? { sets.first { $0.role == role } }
        var summary = EvaluationSummary(
            created: created ?? "", features: features["name"]?.string ?? "", real: set(.real)?.images ?? 0,
            patients: set(.real)?.groups, synthetic: set(.synthetic)?.images ?? 0)
        summary.verdict = [
            ("realistic", verdict.realistic), ("useful", verdict.useful), ("somebody", verdict.somebody),
        ].map { ($0, $1.outcome.rawValue) }
        var names: Swift.Set<String> = []
        for score in tableRows.map(\.synthetic) + scores
        where Self.isChosenBy(score.name) && score.reason != SetComparison.noFID {
            guard names.count < EvaluationSummary.mostNumbers, names.insert(score.name).inserted else { continue }
            summary.numbers.append(.init(score.name, value: score.value, interval: score.interval))
        }
        return summary
    }

    private static func isChosenBy(_ name: String) -> Bool {
        let chosen = [
            "kernel_distance", "frechet_ratio", "fid", "frechet_distance", "frd-original-79", "precision", "recall",
            "density", "coverage", "ms_ssim", "ms_ssim_real", "copies_flagged", "copies_false_alarms",
            "downstream_auc_difference",
        ]
        return chosen.contains(name) || name.hasPrefix("label_")
    }
}
