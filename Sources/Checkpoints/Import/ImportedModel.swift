import JSON

/// A model read out of another library's checkpoint, ready to be written as a diffusers folder.
public struct ImportedModel: Sendable {
    /// The library its network is of.
    public var family: String { record.family }
    /// Which weights of the file were taken; empty if it has but one set.
    public var place: String { record.weights }
    /// Fields of `UNet2DModel`. Where levels differ in ways it does not know, `attention_head_dim` and
    /// `layers_per_block` are lists with one entry for each level, as diffusers' `UNet2DConditionModel` has them.
    public let unetConfiguration: JSONObject
    public private(set) var schedulerConfiguration: JSONObject
    public let schedulerClass: String
    /// The user's or the folder's own, or one made of what the network shows; its name is empty where nobody said one.
    public let manifest: ModelManifest
    /// What was taken, passed over and assumed.
    public private(set) var record: ImportRecord
    /// Training steps, if the network was told them in thousandths of the whole (`rescale_timesteps`) instead of as
    /// they are: the schedule is then still that of training, and has to be replaced by one that the network's times
    /// fit.
    public private(set) var stepsToldInThousandths: Int?
    private let tensors: [String: ImportedTensor]

    /// Reads a file of torch.save, a safetensors file, or a folder of diffusers, accelerate or Trainer.
    /// - Throws: `CheckpointError` for what cannot be read, is of no family known here, or lacks a fact that options
    ///   would give.
    public init(path: String, options: ImportOptions = ImportOptions()) throws(CheckpointError) {
        var source = try ImportSource.open(path, options)
        try source.refuseOptionsOfOthers()
        let options = source.options
        let weights = try ForeignWeights(source.tensors, origin: source.origin)
        try weights.requireImages()
        let assembly = try source.family.assemble(weights, options)
        try assembly.source.finish(family: source.family.name)
        unetConfiguration = try assembly.configuration(options)
        tensors = assembly.tensors
        schedulerClass = options.schedulerClass ?? "DDPMScheduler"

        let inputs = unetConfiguration["in_channels"]?.number?.int ?? 3,
            outputs = unetConfiguration["out_channels"]?.number?.int ?? 3
        let channels = try ImageChannels(inputs: inputs, outputs: outputs, manifest: options.manifest)
        let schedule = try ImportedSchedule(source, learnsVariance: channels.learnsVariance)
        (schedulerConfiguration, stepsToldInThousandths) = (schedule.fields, schedule.stepsToldInThousandths)
        // Names are made for rows that are there, whatever a configuration says.
        let rows = tensors[ModelManifest.classTable]?.shape.first
        let classes = unetConfiguration["num_class_embeds"]?.number?.int.flatMap {
            $0 == rows && (1...ModelManifest.mostClasses).contains($0) ? $0 : nil
        }
        let (manifest, implied) = channels.manifest(
            options.manifest, name: "model", classes: classes, usual: source.family.lowResolution)
        self.manifest = manifest
        hasName = options.manifest != nil
        source.record.assumptions = assembly.assumptions + schedule.assumptions + implied
        if unetConfiguration["sample_size"]?.isNull != false {
            source.record.assumptions.append(.init("sample_size", .null, option: "--size"))
        }
        source.record.parameters = tensors.values.reduce(0) { $0 + $1.values.count }
        record = source.record
    }

    private let hasName: Bool

    /// The weights under the names that `UNet2DModel` has for them.
    public var weights: Weights { Weights(tensors: tensors.mapValues { ($0.shape, $0.values) }) }

    /// Takes another schedule for a network that was told its steps in thousandths: one of 1000 steps, each at the
    /// noise level of training that the network was told by this number.
    public mutating func take(scheduleToldInThousandths fields: JSONObject) {
        guard let steps = stepsToldInThousandths else { return }
        (schedulerConfiguration, stepsToldInThousandths) = (fields, nil)
        record.pass(
            "training steps",
            "\(steps - 1000) of \(steps), between those that the network was told as whole thousandths")
    }

    /// Writes a folder as `ModelFolder` and diffusers read it, with a `phantom.json` and `import.json`.
    /// - Parameter name: the model's, where no manifest says one.
    /// - Throws: if the folder is there and not empty, or cannot be written.
    public func write(to path: String, name: String) throws(CheckpointError) {
        try Self.requireEmpty(path)
        var manifest = manifest
        if !hasName { manifest.name = name }
        try ModelFolderWriter(
            unetConfiguration: unetConfiguration, schedulerConfiguration: schedulerConfiguration,
            schedulerClass: schedulerClass,
            manifest: manifest
        ).write(tensors.mapValues(\.written), to: path)
        try ConfigurationFile.write(record.json, to: path + "/import.json")
    }

    /// - Throws: if the folder is there and holds something.
    public static func requireEmpty(_ path: String) throws(CheckpointError) {
        if let kind = isFolder(path), !kind || !names(in: path).isEmpty {
            throw CheckpointError(
                path: path, expected: "a new or an empty folder", got: kind ? "one with files in it" : "a file")
        }
    }
}
