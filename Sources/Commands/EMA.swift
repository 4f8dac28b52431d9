import ArgumentParser
import Checkpoints
import Copies
import FoundationEssentials
import Imaging
import JSON
import Training

/// `phantom ema`: the model of a run with another average of its weights.
struct EMA: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ema", abstract: "Makes a run's model with an average of another width.",
        discussion: """
            The width is the deviation of the average in time, as a share of the run (Karras et al. 2024): 0.05 keeps \
            the last twentieth, roughly, 0.2 the last fifth. It is made of the snapshots in the run's averages/.
            """)

    @Option(name: .customLong("run"), help: ArgumentHelp("The folder of a run.", valueName: "dir"))
    var folder: String

    @Option(help: "The width, 0.01 to 0.25.")
    var width: Double

    @Option(
        help: ArgumentHelp(
            "Where the model folder goes: new, empty, or a model's, which is replaced.", valueName: "dir"))
    var output: String

    @Flag(help: "Write the weights in half precision: half the bytes.")
    var half = false

    @Option(help: "The model's name; the run's by default.")
    var name: String?

    @Option(help: ArgumentHelp("What its images are, such as \"chest X-ray\".", valueName: "text"))
    var modality: String?

    @Option(help: ArgumentHelp("What it was trained on, in words.", valueName: "text"))
    var trainingData: String?

    @Option(help: ArgumentHelp("The licence of the weights.", valueName: "text"))
    var licence: String?

    @Option(help: "The sampler that the model's images are made by where a request names none.")
    var sampler: String?

    @Option(help: "Its steps; needs --sampler.")
    var steps: Int?

    @Option(help: "Classifier-free guidance where a request names none; 1 is none.")
    var guidance: Double?

    func validate() throws {
        try OptionRange.check("--steps", steps, in: 1...1_000_000)
        try OptionRange.check("--width", width, in: PowerAverage.widths)
        guard steps == nil || sampler != nil else {
            throw ValidationError("--sampler: expected the one that --steps is for, got nothing.")
        }
        try OfflineTask(generation: samplingFields).validateUsage()
    }

    private var samplingFields: JSONObject {
        var fields = JSONObject()
        fields["sampler"] = sampler.map { .string($0) }
        fields["steps"] = steps.map { .integer($0) }
        fields["guidance"] = guidance.map { .double($0) }
        return fields
    }

    /// What `phantom.json` says of how the model is sampled; nil leaves what the run's model says.
    /// - Throws: `RequestRefusal` for what no request of the run's model could name.
    private func sampling() throws -> JSONObject? {
        let fields = samplingFields
        guard !fields.isEmpty else { return nil }
        let served = try ServedModel.load(path: RunFolder(folder).model)
        do throws(RequestRefusal) {
            return try SamplingDefaults(fields, of: served.facts).fields
        } catch { throw error.namingOptions }
    }

    func run() throws {
        try requireModelsPlace()
        var model = try PostHocModel(run: folder)
        model.isHalf = half
        model.card.name = name
        (model.card.modality, model.card.trainingData, model.card.licence) = (modality, trainingData, licence)
        model.card.sampling = try sampling()
        try model.write(width: width, to: output)
        // The same images: the index is that of the run's model.
        try CopyIndex.read(model: RunFolder(folder).model)?.write(model: output)
        print("The average of width \(width) at step \(model.step) is in \(output).")
    }

    /// - Throws: `CheckpointError` for a folder with files that are no model's.
    private func requireModelsPlace() throws {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: output)) ?? []
        guard names.isEmpty || names.contains("model_index.json") else {
            throw CheckpointError(
                path: "--output \(output)", expected: "a new or empty folder, or that of a model, which is replaced",
                got: "one with other files, such as \(names.sorted()[0])")
        }
    }
}
