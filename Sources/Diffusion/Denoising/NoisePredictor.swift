import Networks

/// A network, as samplers see it.
public protocol NoisePredictor {
    /// Answers each row with [output channels, height, width], in their order. An answer must not depend on which rows
    /// are together.
    func evaluate(_ rows: [UNetRow], height: Int, width: Int) throws -> [[Float]]
}
