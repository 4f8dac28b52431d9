import Tensors

/// The deepest block: resnet, attention where the model has it, resnet.
struct MidBlock: Sendable {
    private let first: ResnetBlock, second: ResnetBlock
    private let attention: AttentionBlock?

    /// - Throws: `CheckpointError` where a tensor is missing or has another shape.
    init(_ weights: ParameterReader, _ builder: inout NetworkBuilder) throws {
        let configuration = builder.configuration, level = configuration.blockOutChannels.count - 1
        let channels = configuration.blockOutChannels[level], factor = configuration.midBlockScaleFactor
        let shape = ResnetBlock.Shape(sources: [channels], outputs: channels, level: level, scaleFactor: factor)
        first = try ResnetBlock(weights.scoped("resnets.0"), shape, &builder)
        let attended = AttentionBlock.Shape(
            channels: channels, headDim: configuration.attentionHeadDim[level],
            groups: configuration.midAttentionGroups, scaleFactor: factor)
        attention =
            !configuration.addAttention
            ? nil : try AttentionBlock(weights.scoped("attentions.0"), attended, builder)
        second = try ResnetBlock(weights.scoped("resnets.1"), shape, &builder)
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
