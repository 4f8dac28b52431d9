import Checkpoints
import JSON
import Tensors

/// Writes weights as the folder that this program serves and diffusers loads: without the class rows of augmentation.
struct ModelExport {
    let plan: RunPlan
    let parameters: ParameterSet

    private static let classTable = "class_embedding.weight"

    /// What the folder has of weights: the name and shape of each parameter, and its values.
    /// - Parameter weights: flat, in the order of the parameters.
    func tensors(_ weights: [Float]) -> [(name: String, shape: [Int], values: [Float])] {
        parameters.parameters.compactMap { parameter in
            var shape = parameter.shape
            if parameter.name == Self.classTable {
                guard plan.network.classRows.exported > 0 else { return nil }
                shape[0] = plan.network.classRows.exported
            }
            let count = shape.reduce(1, *)
            return (parameter.name, shape, Array(weights[parameter.start..<parameter.start + count]))
        }
    }

    /// - Parameters:
    ///   - weights: the last of the run's averages, flat, in the order of the parameters.
    ///   - training: how they came to be.
    func write(_ weights: [Float], training: TrainingSummary, to path: String) throws(CheckpointError) {
        var tensors: [String: SafetensorsWriter.Tensor] = [:]
        for (name, shape, values) in self.tensors(weights) { tensors[name] = .init(shape: shape, floats: values) }
        var manifest = manifest
        manifest.training = training
        let writer = ModelFolderWriter(
            unetConfiguration: plan.network.exported, schedulerConfiguration: schedulerFields, manifest: manifest)
        try writer.write(tensors, to: path)
    }

    /// Fields of diffusers' DDPMScheduler and no others.
    private var schedulerFields: JSONObject {
        let all = plan.settings.schedule.configuration(plan.settings.prediction).json
        let solvers: Set = [
            "set_alpha_to_one", "solver_order", "solver_type", "lower_order_final", "euler_at_final",
            "final_sigmas_type",
        ]
        return JSONObject(all.filter { !solvers.contains($0.key) }.map { ($0.key, $0.value) })
    }

    private var manifest: ModelManifest {
        let name = plan.settings.output.split(separator: "/").last.map(String.init) ?? "model"
        let rows = plan.network.classRows
        var manifest = ModelManifest(
            name: name, channels: plan.network.configuration.outChannels,
            attributes: rows.attributes.map { .init(name: $0.name, values: $0.values, multiple: $0.multiple) },
            nullClass: rows.null)
        manifest.lowResolution = plan.settings.superResolution?.manifest
        manifest.trainingData = plan.settings.data.map {
            "\($0.training) images of \(plan.settings.dataset["kind"]?.string ?? "a data set"), digest \($0.digest)"
        }
        return manifest
    }
}
