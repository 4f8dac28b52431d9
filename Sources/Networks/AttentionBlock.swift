import Checkpoints
import Tensors

/// diffusers' `Attention` as its UNet2D blocks use it: group norm, Q, K and V as one projection, attention over the pixels,
/// output projection, residual.
struct AttentionBlock: Sendable {
    private let norm: GroupNorm?
    private let project: Convolution, out: Convolution
    private let attention: Attention
    private let scale: Float

    /// - Parameters:
    ///   - groups: of the norm; nil where the block has none.
    ///   - headDim: channels of one head; nil for one head of all channels.
    ///   - scaleFactor: divides the output (`rescale_output_factor`).
    init(_ weights: Weights, channels: Int, headDim: Int?, groups: Int?, scaleFactor: Double = 1, _ builder: NetworkBuilder) throws {
        let plan = ConvolutionPlan(isReference: builder.isReference)
        norm = try groups.map { try GroupNorm(weights.scoped("group_norm"), groups: $0, channels: channels, epsilon: builder.configuration.normEps) }
        let width = headDim ?? channels, heads = channels / width
        let inner = heads * width  // less than `channels` where the heads do not divide them
        var weight: [Float] = [], bias: [Float] = []
        for name in ["to_q", "to_k", "to_v"] {
            weight += try weights.floats("\(name).weight", shape: [inner, channels])
            bias += try weights.floats("\(name).bias", shape: [inner])
        }
        project = Convolution(weight: weight, bias: bias, sources: [channels], out: 3 * inner, kernel: 1, plan: plan)
        out = try Convolution(linear: weights.scoped("to_out.0"), inputs: inner, out: channels, plan: plan)
        attention = Attention(heads: heads, headWidth: width)
        scale = Float(1 / scaleFactor)
    }

    func callAsFunction(_ x: Activation, _ compute: Compute) -> Activation {
        let scales = norm.map { $0([x], compute) }
        let projected = project(.init([x], norm: scales), .init(), compute)
        if let scales { compute.release(scales) }
        let attended = attention(projected, compute)
        compute.release(projected)
        let result = out(.init([attended]), .init(residual: x, scale: scale, moments: true), compute)
        compute.release(attended)
        return result
    }
}
