import Checkpoints
import Tensors

/// A block of a vision transformer (Dosovitskiy et al. 2021, equations 2 and 3) with a learned scale for each channel
/// of what is added (Touvron et al. 2021), which is folded into the layers before it: `Dinov2Layer` of transformers.
struct TransformerBlock: Sendable {
    private let norm1: LayerNorm, norm2: LayerNorm
    /// Q, K and V side by side.
    private let project: Convolution
    private let attention: Attention
    private let out: Convolution, widen: Convolution, narrow: Convolution

    /// - Throws: `CheckpointError` where a tensor is missing or has another shape.
    init(_ weights: Weights, width: Int, heads: Int) throws(CheckpointError) {
        norm1 = try LayerNorm(weights.scoped("norm1"), width: width)
        norm2 = try LayerNorm(weights.scoped("norm2"), width: width)
        attention = Attention(heads: heads, headWidth: width / heads)
        let inner = weights.scoped("attention.attention")
        var weight: [Float] = [], bias: [Float] = []
        for name in ["query", "key", "value"] {
            weight += try inner.floats("\(name).weight", shape: [width, width])
            bias += try inner.floats("\(name).bias", shape: [width])
        }
        project = Convolution(
            ConvolutionShape(sources: [width], outputs: 3 * width), weight: weight, bias: bias)
        func linear(_ name: String, from inputs: Int, to outputs: Int, scale: String?) throws(CheckpointError)
            -> Convolution
        {
            var weight = try weights.floats("\(name).weight", shape: [outputs, inputs])
            var bias = try weights.floats("\(name).bias", shape: [outputs])
            if let scale {
                let factors = try weights.floats("\(scale).lambda1", shape: [outputs])
                for o in 0..<outputs {
                    bias[o] *= factors[o]
                    for index in o * inputs..<(o + 1) * inputs { weight[index] *= factors[o] }
                }
            }
            return Convolution(ConvolutionShape(sources: [inputs], outputs: outputs), weight: weight, bias: bias)
        }
        out = try linear("attention.output.dense", from: width, to: width, scale: "layer_scale1")
        widen = try linear("mlp.fc1", from: width, to: 4 * width, scale: nil)
        narrow = try linear("mlp.fc2", from: 4 * width, to: width, scale: "layer_scale2")
    }

    /// A new activation [batch, 1, tokens, width]. The input is released.
    func callAsFunction(_ input: Activation, _ pass: Pass) -> Activation {
        func released(_ activation: Activation, _ next: (Activation) -> Activation) -> Activation {
            let result = next(activation)
            pass.release(activation)
            return result
        }
        var hidden = norm1(input, pass)
        hidden = released(hidden) { project(.init([$0]), .init(), pass) }
        hidden = released(hidden) { attention($0, pass) }
        hidden = released(hidden) { out(.init([$0]), .init(residual: input), pass) }
        pass.release(input)
        let middle = hidden
        hidden = norm2(middle, pass)
        hidden = released(hidden) { widen(.init([$0]), .init(), pass) }
        hidden = released(hidden) { narrow(.init([$0], activation: .gelu), .init(residual: middle), pass) }
        pass.release(middle)
        return hidden
    }
}

extension LayerNorm {
    /// Reads `weight` and `bias`; DINOv2's epsilon.
    init(_ weights: Weights, width: Int) throws(CheckpointError) {
        self.init(
            weight: try weights.floats("weight", shape: [width]), bias: try weights.floats("bias", shape: [width]),
            epsilon: 1e-6)
    }
}
