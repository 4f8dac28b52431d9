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

    func evaluate(_ rows: [NetworkRow], height: Int, width: Int) throws -> [[Float]] {
        let rows = rows.enumerated().map { place, row in
            let asked: [(row: Int, coefficient: Float)] =
                if case .rows(let list) = row.input { list.map { ($0, 1) } } else { plan.network.classRows.nullRows }
            var sample = row.sample
            if let shown = plan.settings.superResolution, place < conditions.count {
                sample = shown.concatenation.input(sample, condition: conditions[place])
            }
            return TrainingRow(sample: sample, timestep: row.timestep, classRows: asked)
        }
        return try source.evaluate(
            rows, together: plan.settings.microBatch ?? 1, height: height, width: width, compute: compute)
    }
}
