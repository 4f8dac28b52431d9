import JSON

extension ImportOptions {
    /// Takes fields of `UNet2DModel` from a JSON file.
    /// - Throws: for a file that cannot be read, or a field that UNet2DModel has not.
    public mutating func readUNet(_ path: String) throws(CheckpointError) {
        let file = Configurations.unet(try ConfigurationFile.read(path))
        if let warning = file.warnings.first {
            throw CheckpointError(path: path, expected: "only fields of UNet2DModel", got: warning)
        }
        unet = file.values
    }

    /// Takes fields of a diffusers scheduler from a JSON file, and its class if `_class_name` says one.
    /// - Throws: for a file that cannot be read, or a field that no scheduler has.
    public mutating func readScheduler(_ path: String) throws(CheckpointError) {
        let file = Configurations.scheduler(try ConfigurationFile.read(path))
        if let warning = file.warnings.first {
            throw CheckpointError(path: path, expected: "only fields of a scheduler", got: warning)
        }
        scheduler = file.values
        schedulerClass = file.className
    }

    /// Takes the manifest from a `phantom.json`.
    public mutating func readManifest(_ path: String) throws(CheckpointError) {
        let object = try ConfigurationFile.read(path)
        do { manifest = try ModelManifest(json: object) } catch { throw CheckpointError(path: path, error) }
    }
}
