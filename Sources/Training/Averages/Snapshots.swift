import Checkpoints

/// The half-precision snapshots of a run's averages, of which other widths are made afterwards.
struct Snapshots {
    let folder: String
    let export: ModelExport

    private var settings: TrainingSettings { export.plan.settings }

    /// Whether one is due after a step: so many are spread evenly over the run, the last at its end.
    func isDue(step: Int) -> Bool {
        let (count, steps) = (settings.averages.snapshots, settings.steps)
        guard count > 0, (1...steps).contains(step) else { return false }
        return step * count / steps > (step - 1) * count / steps
    }

    /// Writes `averages/STEP.safetensors`: of each average the parameters that the model's folder has, `WIDTH/NAME`.
    /// - Throws: `CheckpointError`, also for weights beyond the range of half precision.
    func write(_ state: TrainingState) throws(CheckpointError) {
        guard case .widths(let widths, _) = settings.averages else { return }
        var tensors: [String: SafetensorsWriter.Tensor] = [:]
        for (width, average) in zip(widths, state.averages) {
            for (name, shape, values) in export.tensors(average) {
                tensors["\(width)/\(name)"] = .init(shape: shape, values: .float16(values))
            }
        }
        let digits = String(state.steps)
        let name = String(repeating: "0", count: max(0, 9 - digits.count)) + digits
        let metadata = ["steps": "\(state.steps)", "settings": export.plan.digest.hexadecimal]
        try SafetensorsWriter(metadata: metadata).write(tensors, to: "\(folder)/\(name).safetensors")
    }
}
