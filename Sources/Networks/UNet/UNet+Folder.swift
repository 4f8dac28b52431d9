import Checkpoints

extension UNet {
    /// The network of a model folder.
    /// - Throws: `JSONMismatch` for the config, `CheckpointError` for the weights.
    public convenience init(folder: ModelFolder, purpose: Purpose = .inference) throws {
        let configuration = try UNetConfiguration(json: folder.unetConfiguration)
        try self.init(configuration: configuration, weights: folder.weights, purpose: purpose)
    }
}
