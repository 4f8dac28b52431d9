/// One row of a network batch.
public struct NetworkRow: Sendable {
    /// [channels, height, width]
    public let sample: [Float]
    public let timestep: Float
    public let input: ClassInput
}

/// A network, as samplers see it.
public protocol NoisePredictor {
    /// Answers each row with [output channels, height, width], in their order. An answer must not depend on which rows
    /// are together.
    func evaluate(_ rows: [NetworkRow], height: Int, width: Int) throws -> [[Float]]
}
