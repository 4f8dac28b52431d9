import Diffusion
import Networks
import Tensors

/// A network in training as samplers ask it.
struct SamplePredictor: NoisePredictor {
    let source: any GradientSource
    let compute: Compute
    let plan: RunPlan
    /// What each row is enlarged from, in their order, all images of a grid being stepped together; empty where the
    /// network makes images from noise alone.
    var conditions: [[Float]] = []

    func evaluate(_ rows: [UNetRow], height: Int, width: Int) throws -> [[Float]] {
        let null = plan.network.classRows.null
        let rows = rows.enumerated().map { place, row in
            var row = row
            if case .none = row.condition, let null { row.condition = .rows([null]) }
            if let shown = plan.settings.superResolution, place < conditions.count {
                row.sample = shown.concatenation.input(row.sample, condition: conditions[place])
            }
            return TrainingRow(row)
        }
        return try source.evaluate(
            rows, together: plan.settings.microBatch ?? 1, height: height, width: width, compute: compute)
    }
}
