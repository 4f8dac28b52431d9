/// One image of a training batch: what goes into the network.
public struct TrainingRow: Sendable {
    /// The noised image, [inChannels, height, width] in torch's order.
    public var sample: [Float]
    /// The model's own time scale; need not be whole.
    public var timestep: Float
    /// The condition, a weighted sum of rows of the class table; empty for a model without one.
    public var classRows: [(row: Int, coefficient: Float)]
    /// For models whose class label is embedded as a timestep is.
    public var classValue: Float?
    /// For models that take the class vector itself, [timeEmbeddingDim].
    public var classVector: [Float]?
    /// What this image's dropout draws are keyed by.
    public var dropoutKey: UInt64

    public init(
        sample: [Float], timestep: Float, classRows: [(row: Int, coefficient: Float)] = [], dropoutKey: UInt64 = 0
    ) {
        (self.sample, self.timestep, self.classRows, self.dropoutKey) = (sample, timestep, classRows, dropoutKey)
    }

    /// The same evaluation, without dropout.
    public init(_ row: UNetRow) {
        self.init(
            sample: row.sample, timestep: row.timestep,
            classRows: zip(row.classRows, row.coefficients).map { (row: $0, coefficient: $1) })
        (classValue, classVector) = (row.classValue, row.classVector)
    }

    var row: UNetRow {
        var row = UNetRow(
            sample: sample, timestep: timestep, classRows: classRows.map(\.row), classValue: classValue,
            classVector: classVector)
        row.classCoefficients = classRows.map(\.coefficient)
        return row
    }
}
