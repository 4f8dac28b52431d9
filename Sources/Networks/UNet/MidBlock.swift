import Checkpoints
import Tensors

/// The deepest block: resnet, attention where the model has it, resnet.
struct MidBlock: Sendable {
    private let first: ResnetBlock, second: ResnetBlock
    private let attention: AttentionBlock?

    init(_ weights: Weights, _ builder: inout NetworkBuilder) throws {
        let configuration = builder.configuration, level = configuration.blockOutChannels.count - 1
        let channels = configuration.blockOutChannels[configuration.blockOutChannels.count - 1]
        let factor = configuration.midBlockScaleFactor
        first = try ResnetBlock(
            weights.scoped("resnets.0"), sources: [channels], out: channels, level: level, scaleFactor: factor, &builder)
        attention = !configuration.addAttention ? nil : try AttentionBlock(
            weights.scoped("attentions.0"), channels: channels, headDim: configuration.attentionHeadDim[level],
            groups: configuration.midAttentionGroups, scaleFactor: factor, builder)
        second = try ResnetBlock(
            weights.scoped("resnets.1"), sources: [channels], out: channels, level: level, scaleFactor: factor, &builder)
    }

    var convolutions: [Convolution] { first.convolutions + (attention?.convolutions ?? []) + second.convolutions }

    /// A new activation; `x` stays allocated.
    func callAsFunction(_ x: Activation, _ projected: Activation, _ pass: Pass) -> Activation {
        var hidden = first([x], projected, pass)
        if let attention {
            let attended = attention(hidden, pass)
            pass.release(hidden)
            hidden = attended
        }
        let result = second([hidden], projected, pass)
        pass.release(hidden)
        return result
    }
}
