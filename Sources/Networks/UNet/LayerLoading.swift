import Checkpoints
import Tensors

extension Convolution {
    /// Reads `weight` [out, in, kernel, kernel] and `bias` [out]; `in` is the sum of `sources`.
    /// - Throws: `CheckpointError` where a tensor is missing or has another shape.
    init(_ weights: Weights, sources: [Int], out: Int, kernel: Int, stride: Int = 1, padding: Padding, plan: ConvolutionPlan) throws {
        let inputs = sources.reduce(0, +)
        self.init(
            weight: try weights.floats("weight", shape: [out, inputs, kernel, kernel]),
            bias: try weights.floats("bias", shape: [out]), sources: sources, out: out, kernel: kernel, stride: stride,
            padding: padding, plan: plan)
    }

    /// A linear layer: `weight` [out, in], `bias` [out].
    init(linear weights: Weights, inputs: Int, out: Int, plan: ConvolutionPlan = ConvolutionPlan()) throws {
        self.init(
            weight: try weights.floats("weight", shape: [out, inputs]), bias: try weights.floats("bias", shape: [out]),
            sources: [inputs], out: out, kernel: 1, plan: plan)
    }
}

extension GroupNorm {
    /// Reads `weight` and `bias` [channels].
    init(_ weights: Weights, groups: Int, channels: Int, epsilon: Double) throws {
        self.init(
            groups: groups, epsilon: Float(epsilon), weight: try weights.floats("weight", shape: [channels]),
            bias: try weights.floats("bias", shape: [channels]))
    }
}

extension UNetConfiguration.Activations {
    var function: ActivationFunction {
        switch self {
        case .silu, .swish: .silu
        case .mish: .mish
        case .gelu: .gelu
        case .relu: .relu
        }
    }
}
