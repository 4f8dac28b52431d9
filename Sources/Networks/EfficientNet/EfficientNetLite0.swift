import Checkpoints
import Tensors

/// EfficientNet-Lite0 without its classifier: 1,280 features of an image (Tan & Le 2019, table 1; the Lite variants
/// leave out squeeze and excitation, and bound activations by ReLU6).
///
/// Weights have the names of lukemelas' EfficientNet-PyTorch. The features of an image do not depend on the batch it is
/// in, on the number of threads or on the CPU.
public final class EfficientNetLite0: Sendable {
    /// Values of a row of features.
    public static let features = 1280
    /// What height and width are multiples of.
    public static let sizeMultiple = 32
    /// The epsilon of every batch norm, as Google trained it.
    static let epsilon = 1e-3

    private let stem: Convolution, head: Convolution
    private let blocks: [InvertedResidual]

    /// - Throws: `CheckpointError` naming the key, what was expected and what was got, for a missing, extra or
    ///   mis-shaped tensor.
    public init(weights: Weights) throws(CheckpointError) {
        let first = try NormedConvolution(
            convolution: weights.scoped("_conv_stem"), norm: weights.scoped("_bn0"), shape: [32, 3, 3, 3],
            epsilon: Self.epsilon)
        stem = Convolution(
            InvertedResidual.spatial(sources: 3, outputs: 32, kernel: 3, stride: 2), weight: first.weight,
            bias: first.bias)
        blocks = try InvertedResidual.Shape.lite0.enumerated().map { index, shape throws(CheckpointError) in
            try InvertedResidual(weights.scoped("_blocks.\(index)"), shape)
        }
        let last = try NormedConvolution(
            convolution: weights.scoped("_conv_head"), norm: weights.scoped("_bn1"), shape: [Self.features, 320, 1, 1],
            epsilon: Self.epsilon)
        head = Convolution(
            ConvolutionShape(sources: [320], outputs: Self.features), weight: last.weight, bias: last.bias)
        try weights.finish()
    }

    /// The features of a batch of RGB images.
    /// - Parameters:
    ///   - images: [3, height, width] each, values from 0 to 255.
    ///   - height, width: multiples of `sizeMultiple`.
    /// - Returns: 1,280 values for each image.
    /// - Throws: `EvaluationAbandoned` as soon as `compute` is told that nobody wants it any more.
    public func evaluate(_ images: [[Float]], height: Int, width: Int, compute: Compute) throws -> [[Float]] {
        precondition(height % Self.sizeMultiple == 0 && width % Self.sizeMultiple == 0)
        return try compute.run(self, batch: images.count, height: height, width: width) { pass in
            // As the TensorFlow Lite models take them: mean 127, deviation 128.
            let input = pass.activation(
                images: images, channels: 3, height: height, width: width, transform: { ($0 - 127) / 128 })
            var hidden = stem(.init([input]), .init(), pass)
            pass.release(input)
            var function = ActivationFunction.relu6
            for block in blocks {
                let next = block(hidden, before: function, pass)
                pass.release(hidden)
                (hidden, function) = (next, .identity)
            }
            let last = head(.init([hidden]), .init(), pass)
            pass.release(hidden)
            let means = last.channelMeans(.relu6, pass)
            pass.release(last)
            return means
        }
    }
}
