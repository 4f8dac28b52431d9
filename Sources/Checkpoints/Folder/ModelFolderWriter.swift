import JSON

/// Writes a model folder that this program and diffusers both load.
public struct ModelFolderWriter: Sendable {
    /// Fields of `UNet2DModel`.
    public var unetConfiguration: JSONObject
    /// Fields of the scheduler.
    public var schedulerConfiguration: JSONObject
    /// diffusers' class for the scheduler.
    public var schedulerClass: String
    public var manifest: ModelManifest?

    /// Version of diffusers whose fields are written.
    static let version = "0.42.1"

    public init(
        unetConfiguration: JSONObject, schedulerConfiguration: JSONObject, schedulerClass: String = "DDPMScheduler",
        manifest: ModelManifest? = nil
    ) {
        self.unetConfiguration = unetConfiguration
        self.schedulerConfiguration = schedulerConfiguration
        self.schedulerClass = schedulerClass
        self.manifest = manifest
    }

    /// Makes the folder if need be; each file replaces its predecessor whole, `model_index.json` last.
    public func write(_ weights: [String: SafetensorsWriter.Tensor], to path: String) throws(CheckpointError) {
        for component in ["unet", "scheduler"] { try makeFolders("\(path)/\(component)") }
        try SafetensorsWriter().write(weights, to: "\(path)/unet/\(WeightFiles.stem).safetensors")
        try ConfigurationFile.write(Self.marked(unetConfiguration, "UNet2DModel"), to: path + "/unet/config.json")
        try ConfigurationFile.write(
            Self.marked(schedulerConfiguration, schedulerClass), to: path + "/scheduler/scheduler_config.json")
        if let manifest { try ConfigurationFile.write(manifest.json, to: path + "/phantom.json") }
        let index: JSONObject = [
            "unet": ["diffusers", "UNet2DModel"], "scheduler": ["diffusers", .string(schedulerClass)],
        ]
        try ConfigurationFile.write(Self.marked(index, "DDPMPipeline"), to: path + "/model_index.json")
    }

    private static func marked(_ object: JSONObject, _ className: String) -> JSONObject {
        var marked = object
        marked["_class_name"] = .string(className)
        marked["_diffusers_version"] = .string(version)
        return marked
    }
}
