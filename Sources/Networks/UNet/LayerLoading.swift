import Tensors

extension Convolution {
    /// Reads `weight` [outputs, inputs, kernel height, kernel width] and `bias` [outputs].
    /// - Throws: `CheckpointError` where a tensor is missing or has another shape.
    init(_ weights: ParameterReader, _ shape: ConvolutionShape, plan: ConvolutionPlan) throws {
        let size = [shape.outputs, shape.inputs, shape.kernel.height, shape.kernel.width]
        self.init(
            shape, weight: try weights.weight("weight", shape: size),
            bias: try weights.floats("bias", shape: [shape.outputs]), plan: plan,
            places: weights.places(outputs: shape.outputs))
        weights.note(fills)
    }

    /// Reads a linear layer: `weight` [outputs, inputs], `bias` [outputs].
    /// - Throws: `CheckpointError` where a tensor is missing or has another shape.
    init(
        linear weights: ParameterReader, inputs: Int, outputs: Int, plan: ConvolutionPlan = ConvolutionPlan()
    ) throws {
        self.init(
            ConvolutionShape(sources: [inputs], outputs: outputs),
            weight: try weights.weight("weight", shape: [outputs, inputs]),
            bias: try weights.floats("bias", shape: [outputs]), plan: plan, places: weights.places(outputs: outputs))
        weights.note(fills)
    }
}

extension GroupNorm {
    /// Reads `weight` and `bias` [channels].
    /// - Throws: `CheckpointError` where a tensor is missing or has another shape.
    init(_ weights: ParameterReader, groups: Int, channels: Int, epsilon: Double) throws {
        self.init(
            groups: groups, epsilon: Float(epsilon), weight: try weights.floats("weight", shape: [channels]),
            bias: try weights.floats("bias", shape: [channels]), places: weights.normPlaces)
        weights.note(fills)
    }
}

extension ParameterReader {
    /// Where the gradients of a norm go whose `weight` and `bias` have been read, or nil where none are wanted.
    fileprivate var normPlaces: GroupNorm.Places? {
        guard let weight = start(of: "weight"), let bias = start(of: "bias") else { return nil }
        return GroupNorm.Places(weight: weight, bias: bias)
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
