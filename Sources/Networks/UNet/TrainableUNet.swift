import Checkpoints
import Tensors

/// A UNet with the gradients of all its parameters: the very network that serves, recorded while it computes.
///
/// Parameters and gradients are arrays of all elements side by side, as `parameters` places them, so that an optimiser
/// is a loop. The gradients' bits depend on the rows and their order alone: not on threads or the CPU.
public final class TrainableUNet {
    public let configuration: UNetConfiguration
    /// The trained tensors under the names they have in the checkpoint, and their places.
    public let parameters: ParameterSet
    /// The share of elements that is dropped before each resnet's second convolution, in 0 ..< 1.
    public let dropout: Double
    private let unet: UNet

    /// Makes a network whose parameters are all zero; `load` gives it others.
    /// - Throws: `CheckpointError` only where a configuration describes no network.
    public init(configuration: UNetConfiguration, dropout: Double = 0) throws {
        self.configuration = configuration
        self.dropout = dropout
        let zeros = Weights(making: { _, shape in [Float](repeating: 0, count: shape.reduce(1, *)) })
        unet = try UNet(configuration: configuration, weights: zeros, purpose: .training)
        parameters = unet.parameters
    }

    /// The values that a checkpoint's weights give the parameters.
    /// - Throws: `CheckpointError` where one is missing, of another shape or cannot be read.
    public func values(of weights: Weights) throws -> [Float] {
        try parameters.parameters.flatMap { try weights.floats($0.name, shape: $0.shape) }
    }

    /// Fills the layers with these values.
    /// - Parameter values: one for each element of `parameters`.
    public func load(_ values: [Float]) throws {
        precondition(values.count == parameters.elementCount)
        WeightFill.run(unet.fills, values: values)
    }

    /// Evaluates the rows without dropout; no gradients are taken.
    /// - Returns: for each row [outChannels, height, width], torch's order.
    /// - Throws: `UNetError`; `EvaluationAbandoned`.
    public func evaluate(_ rows: [TrainingRow], height: Int, width: Int, compute: Compute) throws -> [[Float]] {
        try unet.evaluate(rows.map(\.row), height: height, width: width, compute: compute)
    }

    /// Evaluates the rows in one batch and adds the gradients of a loss to `gradients`.
    /// - Parameters:
    ///   - height, width: pixels of every sample; multiples of `configuration.sizeMultiple`.
    ///   - gradients: one for each element of `parameters`.
    ///   - outputGradient: the loss's gradient with respect to each row's output, of the outputs; both [outChannels,
    ///     height, width] a row.
    /// - Throws: `UNetError`; `EvaluationAbandoned`; what `outputGradient` throws.
    public func accumulate(
        _ rows: [TrainingRow], size: (height: Int, width: Int), compute: Compute, into gradients: inout [Float],
        outputGradient: ([[Float]]) throws -> [[Float]]
    ) throws {
        precondition(gradients.count == parameters.elementCount)
        let (height, width) = size, plain = rows.map(\.row)
        try unet.check(plain, height, width)
        let dropped = dropout > 0 ? Dropout(rate: dropout, keys: rows.map(\.dropoutKey)) : nil
        try compute.runRecorded(
            self, .init(count: rows.count, height: height, width: width), dropout: dropped, gradients: &gradients
        ) { pass in
            let result = unet.forward(plain, height, width, pass)
            var gradient: [[Float]] = []
            if !pass.isMeasuring {
                gradient = try outputGradient(unet.images(result, plain))
                precondition(gradient.count == rows.count)
                if configuration.timeEmbeddingType == .fourier {
                    gradient = zip(gradient, rows).map { image, row in image.map { $0 / row.row.timestep } }
                }
            }
            pass.rewind(result, gradient: gradient)
        }
    }

    /// Bytes that `accumulate` takes for a batch beside weights and gradients, and its multiply-adds.
    /// - Parameter threads: of the `Compute` that it will run on.
    /// - Throws: `UNetError` for a size that the network does not take.
    public func cost(batch: Int, height: Int, width: Int, threads: Int) throws -> Compute.Cost {
        try unet.check([], height, width, allowsNoRows: true)
        let row = UNetRow(sample: [], timestep: 0, condition: .example(for: configuration))
        let rows = Array(repeating: row, count: batch)
        let dropped = dropout > 0 ? Dropout(rate: dropout, keys: Array(repeating: 0, count: batch)) : nil
        return Compute.recordedCost(threads: threads, dropout: dropped) { pass in
            pass.rewind(unet.forward(rows, height, width, pass), gradient: [])
        }
    }
}
