import JSON

/// A model read out of another library's checkpoint, ready to be written as a diffusers folder.
public struct ImportedModel: Sendable {
    /// The library its network is of.
    public let family: String
    /// Which weights of the file were taken; empty if it has but one set.
    public let place: String
    /// Fields of `UNet2DModel`. Where levels differ in ways it does not know, `attention_head_dim` and `layers_per_block` are lists
    /// with one entry for each level, as diffusers' `UNet2DConditionModel` has them.
    public let unetConfiguration: JSONObject
    public let schedulerConfiguration: JSONObject
    public let schedulerClass: String
    public let manifest: ModelManifest?
    /// What was taken for granted because the weights do not show it.
    public let assumptions: [String]
    private let tensors: [String: ImportedTensor]

    /// Reads a file of torch.save, a safetensors file, or a diffusers folder.
    /// - Throws: `CheckpointError` for what cannot be read, is of no family known here, or lacks a fact that options would give.
    public init(path: String, options: ImportOptions = ImportOptions()) throws(CheckpointError) {
        let source = try ImportSource(path: path, options: options)
        let options = source.options
        let names = source.weights.tensors.map(\.name)
        let (family, prefix) = try ImportFamilies.recognise(names, prefix: options.prefix, path: path)
        let taken = source.weights.tensors.filter { options.prefix == nil || $0.name.hasPrefix(prefix) }
        if let other = taken.first(where: { !$0.name.hasPrefix(prefix) }) {
            throw CheckpointError(path: path, item: other.name, expected: "only weights below \(prefix) (or --prefix \(prefix))", got: "this one")
        }
        let stripped = taken.map { $0.renamed(String($0.name.dropFirst(prefix.count))) }
        let origin = source.weights.place.isEmpty ? path : "\(path), \(source.weights.place)"
        let assembly = try family.assemble(ForeignWeights(stripped, origin: origin), options)
        try assembly.source.finish(family: family.name)
        self.family = family.name
        place = source.weights.place
        unetConfiguration = try assembly.configuration(options)
        tensors = assembly.tensors
        assumptions = assembly.assumptions
        manifest = options.manifest
        schedulerClass = options.schedulerClass ?? "DDPMScheduler"
        var scheduler = family.scheduler
        // Half of the channels are variances (Nichol & Dhariwal 2021, section 3.1).
        if Self.learnsVariance(unetConfiguration) { scheduler["variance_type"] = "learned_range" }
        // A scheduler's own file is complete: defaults of another library have no place in it.
        if source.hasScheduler { scheduler = JSONObject() }
        for (field, value) in options.scheduler { scheduler[field] = value }
        schedulerConfiguration = scheduler
    }

    private static func learnsVariance(_ unet: JSONObject) -> Bool {
        guard let input = unet["in_channels"]?.number?.int, let output = unet["out_channels"]?.number?.int else { return false }
        return output == 2 * input
    }

    /// The weights under the names that `UNet2DModel` has for them.
    public var weights: Weights { Weights(tensors: tensors.mapValues { ($0.shape, $0.values) }) }

    /// Writes a folder as `ModelFolder` and diffusers read it, with a `phantom.json`.
    /// - Parameter name: the model's, where no manifest says one.
    /// - Throws: if the folder is there and not empty, or cannot be written.
    public func write(to path: String, name: String) throws(CheckpointError) {
        if let kind = isFolder(path), !kind || !names(in: path).isEmpty {
            throw CheckpointError(path: path, expected: "a new or an empty folder", got: kind ? "one with files in it" : "a file")
        }
        let output = unetConfiguration["out_channels"]?.number?.int ?? 3
        let manifest = manifest ?? .implied(
            name: name, channels: Self.learnsVariance(unetConfiguration) ? output / 2 : output, classCount: unetConfiguration["num_class_embeds"]?.number?.int)
        try ModelFolderWriter(
            unetConfiguration: unetConfiguration, schedulerConfiguration: schedulerConfiguration, schedulerClass: schedulerClass,
            manifest: manifest
        ).write(tensors.mapValues(\.written), to: path)
    }
}

/// What lies at the path given: weights, and with a diffusers folder what its configuration files say.
private struct ImportSource {
    let weights: WeightSet
    var options: ImportOptions
    /// Whether a scheduler's file was found.
    private(set) var hasScheduler = false

    init(path: String, options: ImportOptions) throws(CheckpointError) {
        self.options = options
        guard isFolder(path) == true else {
            weights = try Self.sets(path).choose(options.weights)
            return
        }
        guard let folder = ["\(path)/unet", path].first(where: { isFolder("\($0)/config.json") == false }) else {
            throw CheckpointError(path: path, expected: "a checkpoint file, or a diffusers folder with unet/config.json or config.json", got: "another folder")
        }
        let files = try WeightFiles(folder: folder, variant: options.variant)
        let tensors: [ForeignTensor]
        if !files.hasSafetensors, let pickled = try files.openPickles() {
            tensors = pickled
        } else {
            tensors = try files.open().flatMap { file in file.tensors.map { ForeignTensor($0, in: file) } }
        }
        weights = WeightSet(place: "", tensors: tensors, isNamed: true)
        try readConfiguration(path: path, folder: folder)
    }

    private static func sets(_ path: String) throws(CheckpointError) -> WeightSets {
        if path.hasSuffix(".safetensors") { return WeightSets(try SafetensorsFile(path: path)) }
        return try WeightSets(try TorchFile(path: path))
    }

    /// What the user gave wins over the folder's own files.
    private mutating func readConfiguration(path: String, folder: String) throws(CheckpointError) {
        let unet = Configurations.unet(try ConfigurationFile.read("\(folder)/config.json"))
        guard unet.className == nil || unet.className == "UNet2DModel" else {
            throw CheckpointError(path: "\(folder)/config.json", item: "/_class_name", expected: "UNet2DModel", got: unet.className ?? "")
        }
        for (field, value) in unet.values where Configurations.unetFields.contains(field) && options.unet[field] == nil {
            options.unet[field] = value
        }
        if let file = ["\(path)/scheduler", path].map({ "\($0)/scheduler_config.json" }).first(where: { isFolder($0) == false }) {
            let scheduler = Configurations.scheduler(try ConfigurationFile.read(file))
            for (field, value) in scheduler.values where Configurations.schedulerFields.contains(field) && options.scheduler[field] == nil {
                options.scheduler[field] = value
            }
            options.schedulerClass = options.schedulerClass ?? scheduler.className
            hasScheduler = true
        }
        if options.manifest == nil, isFolder("\(path)/phantom.json") == false {
            let object = try ConfigurationFile.read("\(path)/phantom.json")
            do { options.manifest = try ModelManifest(json: object) } catch { throw CheckpointError(path: "\(path)/phantom.json", error) }
        }
    }
}
