import Checkpoints
import Tensors

/// The half-precision snapshots of a run's averages, of which other widths are made afterwards.
struct Snapshots {
    let folder: String
    let plan: RunPlan

    /// Whether one is due after a step: so many are spread evenly over the run, the last at its end.
    func isDue(step: Int) -> Bool {
        let (count, steps) = (plan.settings.averages.snapshots, plan.settings.steps)
        guard count > 0, (1...steps).contains(step) else { return false }
        return step * count / steps > (step - 1) * count / steps
    }

    /// Writes `averages/STEP.safetensors`: one flat tensor for each average, named by its width.
    /// - Throws: `CheckpointError`, also for weights beyond the range of half precision.
    func write(_ state: TrainingState) throws(CheckpointError) {
        guard case .widths(let widths, _) = plan.settings.averages else { return }
        var tensors: [String: SafetensorsWriter.Tensor] = [:]
        for (width, average) in zip(widths, state.averages) {
            tensors["\(width)"] = .init(shape: [average.count], values: .float16(average))
        }
        let digits = String(state.steps)
        let name = String(repeating: "0", count: max(0, 9 - digits.count)) + digits
        let writer = SafetensorsWriter(metadata: [
            "steps": "\(state.steps)", "settings": plan.digest.hexadecimal,
        ])
        try writer.write(tensors, to: "\(folder)/\(name).safetensors")
    }
}
