import Checkpoints

extension UNet {
    /// The network of a model folder.
    /// - Throws: `JSONMismatch` for the config, `CheckpointError` for the weights.
    public convenience init(folder: ModelFolder, isReference: Bool = false) throws {
        try self.init(configuration: UNetConfiguration(json: folder.unetConfiguration), weights: folder.weights, isReference: isReference)
    }
}
