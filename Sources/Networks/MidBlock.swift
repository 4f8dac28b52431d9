import Checkpoints
import Tensors

/// The deepest block: resnet, attention where the model has it, resnet.
struct MidBlock: Sendable {
    private let first: ResnetBlock, second: ResnetBlock
    private let attention: AttentionBlock?

    init(_ weights: Weights, _ configuration: UNetConfiguration, _ projections: inout TimeProjections.Builder) throws {
        let channels = configuration.blockOutChannels[configuration.blockOutChannels.count - 1]
        let factor = configuration.midBlockScaleFactor
        first = try ResnetBlock(
            weights.scoped("resnets.0"), configuration, sources: [channels], out: channels, scaleFactor: factor, &projections)
        attention = !configuration.addAttention ? nil : try AttentionBlock(
            weights.scoped("attentions.0"), channels: channels, headDim: configuration.attentionHeadDim,
            groups: configuration.midAttentionGroups, epsilon: configuration.normEps, scaleFactor: factor)
        second = try ResnetBlock(
            weights.scoped("resnets.1"), configuration, sources: [channels], out: channels, scaleFactor: factor, &projections)
    }

    /// A new activation; `x` stays allocated.
    func callAsFunction(_ x: Activation, _ projected: Activation, _ compute: Compute) -> Activation {
        var hidden = first([x], projected, compute)
        if let attention {
            let attended = attention(hidden, compute)
            compute.release(hidden)
            hidden = attended
        }
        let result = second([hidden], projected, compute)
        compute.release(hidden)
        return result
    }
}
