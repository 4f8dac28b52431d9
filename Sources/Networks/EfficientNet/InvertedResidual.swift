import Checkpoints
import Tensors

/// MobileNetV2's block (Sandler et al. 2018, figure 4b): a pointwise convolution to more channels, a depthwise one, a
/// pointwise one to few channels, and the input added where it has the same shape. ReLU6 follows the first two.
struct InvertedResidual: Sendable {
    private let expand: Convolution?
    private let depthwise: DepthwiseConvolution
    private let project: Convolution
    private let addsInput: Bool

    struct Shape {
        let kernel: Int, stride: Int
        /// Channels between the pointwise convolutions, as a multiple of `inputs`.
        let expansion: Int
        let inputs: Int, outputs: Int

        /// The blocks of EfficientNet-B0 and Lite0 (Tan & Le 2019, table 1): each row is a stage, whose first block
        /// has the stride and the new number of channels.
        static let lite0: [Shape] = [
            (blocks: 1, kernel: 3, stride: 1, expansion: 1, inputs: 32, outputs: 16),
            (blocks: 2, kernel: 3, stride: 2, expansion: 6, inputs: 16, outputs: 24),
            (blocks: 2, kernel: 5, stride: 2, expansion: 6, inputs: 24, outputs: 40),
            (blocks: 3, kernel: 3, stride: 2, expansion: 6, inputs: 40, outputs: 80),
            (blocks: 3, kernel: 5, stride: 1, expansion: 6, inputs: 80, outputs: 112),
            (blocks: 4, kernel: 5, stride: 2, expansion: 6, inputs: 112, outputs: 192),
            (blocks: 1, kernel: 3, stride: 1, expansion: 6, inputs: 192, outputs: 320),
        ].flatMap { stage in
            (0..<stage.blocks).map { block in
                Shape(
                    kernel: stage.kernel, stride: block == 0 ? stage.stride : 1, expansion: stage.expansion,
                    inputs: block == 0 ? stage.inputs : stage.outputs, outputs: stage.outputs)
            }
        }
    }

    /// - Throws: `CheckpointError` where a tensor is missing or has another shape.
    init(_ weights: Weights, _ shape: Shape) throws(CheckpointError) {
        let inner = shape.inputs * shape.expansion, kernel = shape.kernel
        func read(_ convolution: String, _ norm: String, _ size: [Int]) throws(CheckpointError) -> NormedConvolution {
            try NormedConvolution(
                convolution: weights.scoped(convolution), norm: weights.scoped(norm), shape: size,
                epsilon: EfficientNetLite0.epsilon)
        }
        func pointwise(_ read: NormedConvolution, from inputs: Int, to outputs: Int) -> Convolution {
            Convolution(
                ConvolutionShape(sources: [inputs], outputs: outputs), weight: read.weight, bias: read.bias)
        }
        expand =
            shape.expansion == 1
            ? nil
            : pointwise(
                try read("_expand_conv", "_bn0", [inner, shape.inputs, 1, 1]), from: shape.inputs, to: inner)
        let spatial = try read("_depthwise_conv", "_bn1", [inner, 1, kernel, kernel])
        depthwise = DepthwiseConvolution(
            Self.spatial(sources: inner, outputs: inner, kernel: kernel, stride: shape.stride),
            weight: spatial.weight, bias: spatial.bias, activation: .relu6)
        project = pointwise(
            try read("_project_conv", "_bn2", [shape.outputs, inner, 1, 1]), from: inner, to: shape.outputs)
        addsInput = shape.stride == 1 && shape.inputs == shape.outputs
    }

    /// The shape of a convolution padded as TensorFlow's `SAME` pads inputs whose sides are multiples of the stride: of
    /// an odd number of zeros, one more at the end.
    static func spatial(sources: Int, outputs: Int, kernel: Int, stride: Int) -> ConvolutionShape {
        let zeros = kernel - stride, before = zeros / 2, after = zeros - before
        return ConvolutionShape(
            sources: [sources], outputs: outputs, kernel: .square(kernel), stride: stride,
            padding: .init(top: before, left: before, bottom: after, right: after))
    }

    /// - Parameter function: what is done to the input of a block that does not expand; identity elsewhere.
    func callAsFunction(_ input: Activation, before function: ActivationFunction, _ pass: Pass) -> Activation {
        let wide = expand.map { $0(.init([input]), .init(), pass) }
        let spatial = depthwise(wide ?? input, before: wide == nil ? function : .relu6, pass)
        if let wide { pass.release(wide) }
        let result = project(.init([spatial]), .init(residual: addsInput ? input : nil), pass)
        pass.release(spatial)
        return result
    }
}
