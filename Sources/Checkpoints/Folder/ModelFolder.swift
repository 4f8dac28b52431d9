import Bytes
import JSON

/// A model on disk in diffusers' pipeline layout: `model_index.json`, `unet/`, `scheduler/`, and ours, `phantom.json`.
/// The legacy flat layout, with everything beside `model_index.json`, is read as well.
public struct ModelFolder: Sendable {
    public let path: String
    /// The network's fields in today's spelling, without the keys that begin with `_`.
    public let unetConfiguration: JSONObject
    /// The noise schedule's fields, likewise.
    public let schedulerConfiguration: JSONObject
    /// `_class_name` of the scheduler, as `DDPMScheduler`.
    public let schedulerClass: String?
    /// `phantom.json`; nil if there is none.
    public let manifest: ModelManifest?
    /// The network's weights under their names of today.
    public let weights: Weights
    /// The files the weights lie in, in the order that `weightsSHA256` takes them.
    public let weightFiles: [SafetensorsFile]
    /// SHA-256 over the bytes of the weight files, shards in the order of their names. It is
    /// made beside while the folder is open, and waited for when it is asked for. Throws `CheckpointError` where the
    /// files cannot be read.
    public var weightsSHA256: Digest { get throws(CheckpointError) { try digest.value() } }
    private let digest: WeightsDigest
    /// What was odd but not wrong: unknown fields, a missing `model_index.json`.
    public let warnings: [String]

    /// Opens a folder. `variant` chooses among several sets of weights (`fp16`, `ema`, `non_ema`). Throws
    /// `CheckpointError` for everything that is missing, unreadable or not a pixel-space UNet2DModel.
    public init(path: String, variant: String? = nil) throws(CheckpointError) {
        self.path = path
        var notes: [String] = []
        let layout = try ModelLayout(path: path, warnings: &notes)

        let unet = Configurations.unet(try ConfigurationFile.read(layout.unet + "/config.json"))
        guard unet.className == nil || unet.className == "UNet2DModel" else {
            throw CheckpointError(
                path: layout.unet + "/config.json", item: "/_class_name", expected: "UNet2DModel",
                got: unet.className ?? "")
        }
        unetConfiguration = unet.values
        notes += unet.warnings.map { "unet/config.json: \($0)" }

        guard isFolder(layout.scheduler + "/scheduler_config.json") != nil else {
            throw ForeignFolder.unloadable(path, lacks: "scheduler_config.json")
        }
        let scheduler = Configurations.scheduler(
            try ConfigurationFile.read(layout.scheduler + "/scheduler_config.json"))
        schedulerConfiguration = scheduler.values
        schedulerClass = scheduler.className
        notes += scheduler.warnings.map { "scheduler/scheduler_config.json: \($0)" }

        manifest = try Self.manifest(path, warnings: &notes)
        weightFiles = try WeightFiles(folder: layout.unet, variant: variant).open()
        digest = WeightsDigest(weightFiles)
        weights = Weights(
            store: try WeightStore(
                files: weightFiles, origin: weightFiles.count == 1 ? weightFiles[0].path : layout.unet))
        warnings = notes
    }

    /// The manifest, or the one a model without it implies: named after its folder, one attribute `class` with
    /// the row numbers as values if the network has a class table.
    public var resolvedManifest: ModelManifest {
        if let manifest { return manifest }
        let name = path.split(separator: "/").last.map(String.init) ?? "model"
        // The network's own reader says what is wrong with a number beyond these ranges.
        func number(_ key: String, in range: ClosedRange<Int>) -> Int? {
            unetConfiguration[key]?.number?.int.flatMap { range.contains($0) ? $0 : nil }
        }
        let inputs = number("in_channels", in: 1...4096) ?? 3, outputs = number("out_channels", in: 1...4096) ?? 3
        // Names are made for rows that are there: of a number alone, or of another one, the network's reader says so.
        let rows = weights.shape(of: ModelManifest.classTable)?.first
        let classes = number("num_class_embeds", in: 1...ModelManifest.mostClasses).flatMap { $0 == rows ? $0 : nil }
        return .implied(
            name: name, channels: ImageChannels(inputs: inputs, outputs: outputs).count, classCount: classes)
    }

    private static func manifest(_ folder: String, warnings: inout [String]) throws(CheckpointError) -> ModelManifest? {
        let path = folder + "/phantom.json"
        guard isFolder(path) != nil else { return nil }
        let object = try ConfigurationFile.read(path)
        do {
            let manifest = try ModelManifest(json: object)
            warnings += object.keys.filter { !ModelManifest.fields.contains($0) }.map {
                "phantom.json: unknown field \($0), not used"
            }
            return manifest
        } catch { throw CheckpointError(path: path, error) }
    }
}

/// Where the components of a model folder lie.
struct ModelLayout {
    let unet: String
    let scheduler: String

    init(path: String, warnings: inout [String]) throws(CheckpointError) {
        guard isFolder(path) == true else {
            throw CheckpointError(
                path: path, expected: "a model folder", got: isFolder(path) == nil ? "nothing" : "a file")
        }
        let index = path + "/model_index.json"
        if isFolder(index) != nil {
            try Self.requirePixelSpace(try ConfigurationFile.read(index), path: index)
        } else if isFolder(path + "/unet/config.json") != nil || isFolder(path + "/config.json") != nil {
            warnings.append("model_index.json is missing")
        } else {
            throw ForeignFolder.unloadable(path, lacks: "model_index.json")
        }
        // Legacy flat folder: the index names a component, but there is no subfolder of that name.
        unet = isFolder(path + "/unet") == true ? path + "/unet" : path
        scheduler = isFolder(path + "/scheduler") == true ? path + "/scheduler" : path
    }

    /// The part by which a pipeline's index shows that its network does not make pixels.
    static func latentPart(_ index: JSONObject) -> (part: String, what: String)? {
        let parts = ["vae", "vqvae", "text_encoder", "movq"].filter {
            index[$0]?.array?.contains { !$0.isNull } == true
        }
        guard let part = parts.first else { return nil }
        let name = (index["_class_name"]?.string).map { " (\(ForeignFolder.printable($0)))" } ?? ""
        return (part, "a latent-space pipeline\(name): its network makes codes for other networks, not pixels")
    }

    /// Refuses pipelines whose network does not make pixels.
    private static func requirePixelSpace(_ index: JSONObject, path: String) throws(CheckpointError) {
        if let latent = latentPart(index) {
            throw CheckpointError(
                path: path, item: "/\(latent.part)", expected: "a pixel-space model (unet and scheduler)",
                got: latent.what)
        }
        guard let unet = index["unet"] else {
            throw CheckpointError(
                path: path, item: "/unet", expected: "[\"diffusers\", \"UNet2DModel\"]", got: "nothing")
        }
        guard unet.array?.last == "UNet2DModel" else {
            let got = unet.array?.last?.summary ?? unet.summary
            throw CheckpointError(path: path, item: "/unet", expected: "UNet2DModel", got: got)
        }
    }
}
