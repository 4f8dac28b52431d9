import Tensors

/// One row of a training batch.
public struct TrainingRow: Sendable {
    /// The noised input, [inChannels, height, width].
    public var sample: [Float]
    /// A real number.
    public var timestep: Float
    /// Rows of the class table with their coefficients; empty where the model has no table.
    public var classRows: [(row: Int, coefficient: Float)]
    /// The key of the row's own dropout draws.
    public var dropoutKey: UInt64

    public init(
        sample: [Float], timestep: Float, classRows: [(row: Int, coefficient: Float)] = [], dropoutKey: UInt64 = 0
    ) {
        (self.sample, self.timestep, self.classRows) = (sample, timestep, classRows)
        self.dropoutKey = dropoutKey
    }
}

/// A network with gradients, as the trainer sees it: a UNet, or a small function in tests.
public protocol GradientSource: AnyObject {
    /// Names, shapes and places in one flat array.
    var parameters: ParameterSet { get }

    /// Takes the weights for what follows.
    /// - Parameter values: flat, `parameters.elementCount`.
    func load(_ values: [Float])

    /// Evaluates the rows, hands the outputs, one array a row, to `outputGradient`, which returns d loss / d output for
    /// each, and adds the gradients of all parameters into `gradients`. No bit depends on the threads of `compute`, and
    /// the gradients of parts of a batch, added in order, are those of the batch.
    func accumulate(
        _ rows: [TrainingRow], height: Int, width: Int, compute: Compute, into gradients: inout [Float],
        outputGradient: ([[Float]]) throws -> [[Float]]) throws

    /// Evaluates without gradients and without dropout.
    func evaluate(_ rows: [TrainingRow], height: Int, width: Int, compute: Compute) throws -> [[Float]]
}
