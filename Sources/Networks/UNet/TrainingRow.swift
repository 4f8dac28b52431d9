/// One image of a training batch: what goes into the network.
public struct TrainingRow: Sendable {
    /// The noised image, its time and its condition.
    public var row: UNetRow
    /// What this image's dropout draws are keyed by.
    public var dropoutKey: UInt64

    /// The noised image, [inChannels, height, width].
    public var sample: [Float] { row.sample }
    /// The noised image's time.
    public var timestep: Float { row.timestep }
    /// The rows of the class table whose weighted sum is the condition.
    public var classRows: [(row: Int, coefficient: Float)] { row.classRows }

    public init(_ row: UNetRow, dropoutKey: UInt64 = 0) { (self.row, self.dropoutKey) = (row, dropoutKey) }

    /// - Parameters:
    ///   - sample: [inChannels, height, width] in torch's order.
    ///   - timestep: the model's own time scale; need not be whole.
    ///   - classRows: the condition, a weighted sum of rows of the class table; empty for a model without one.
    public init(
        sample: [Float], timestep: Float, classRows: [(row: Int, coefficient: Float)] = [], dropoutKey: UInt64 = 0
    ) {
        self.init(UNetRow(sample: sample, timestep: timestep, classRows: classRows), dropoutKey: dropoutKey)
    }
}
