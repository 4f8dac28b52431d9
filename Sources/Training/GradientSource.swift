import Networks
import Tensors

/// A network with gradients, as the trainer sees it: a UNet, or a small function in tests.
public protocol GradientSource: AnyObject {
    /// Names, shapes and places in one flat array.
    var parameters: ParameterSet { get }

    /// Takes the weights for what follows.
    /// - Parameter values: flat, `parameters.elementCount`.
    func load(_ values: [Float]) throws

    /// Evaluates the rows, hands the outputs, one array a row, to `outputGradient`, which returns d loss / d output for
    /// each, and adds the gradients of all parameters into `gradients`. No bit depends on the threads of `compute`, and
    /// the gradients of parts of a batch, added in order, are those of the batch.
    func accumulate(
        _ rows: [TrainingRow], size: (height: Int, width: Int), compute: Compute, into gradients: inout [Float],
        outputGradient: ([[Float]]) throws -> [[Float]]) throws

    /// Evaluates without gradients and without dropout.
    func evaluate(_ rows: [TrainingRow], height: Int, width: Int, compute: Compute) throws -> [[Float]]
}

extension TrainableUNet: GradientSource {}

extension GradientSource {
    /// Evaluates rows in parts, so that no more activations are held than in training.
    func evaluate(
        _ rows: [TrainingRow], together: Int, height: Int, width: Int, compute: Compute
    ) throws -> [[Float]] {
        try stride(from: 0, to: rows.count, by: max(1, together)).flatMap { start in
            let part = Array(rows[start..<min(start + max(1, together), rows.count)])
            return try evaluate(part, height: height, width: width, compute: compute)
        }
    }
}
