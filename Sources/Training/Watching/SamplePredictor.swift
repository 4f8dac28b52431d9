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
        let rows = rows.enumerated().map { place, row in
            var sample = row.sample
            if let shown = plan.settings.superResolution, place < conditions.count {
                sample = shown.concatenation.input(sample, condition: conditions[place])
            }
            // A table of augmentation alone is asked for a row that adds nothing.
            let asked = TrainingRow(row).classRows
            return TrainingRow(
                sample: sample, timestep: row.timestep,
                classRows: asked.isEmpty ? plan.network.classRows.nullRows : asked)
        }
        return try source.evaluate(
            rows, together: plan.settings.microBatch ?? 1, height: height, width: width, compute: compute)
    }
}
