import Tensors

/// One level of the way up: resnets over [hidden, skip], each followed by attention where the level has it, then twice
/// the resolution.
struct UpBlock: Sendable {
    private enum Upsampler: Sendable { case conv(Convolution), resnet(ResnetBlock) }

    private let resnets: [ResnetBlock]
    private let attentions: [AttentionBlock]
    private let upsampler: Upsampler?

    /// - Parameter index: 0 is the deepest; the last does not upsample.
    /// - Throws: `CheckpointError` where a tensor is missing or has another shape.
    init(_ weights: ParameterReader, index: Int, _ builder: inout NetworkBuilder) throws {
        let configuration = builder.configuration
        let channels = Array(configuration.blockOutChannels.reversed()), out = channels[index]
        let block = configuration.upBlocks[index], depth = channels.count - 1 - index
        var resnets: [ResnetBlock] = [], attentions: [AttentionBlock] = []
        for j in 0...configuration.layersPerBlock[depth] {
            let hidden = j == 0 ? channels[max(index - 1, 0)] : out
            let skip = j == configuration.layersPerBlock[depth] ? channels[min(index + 1, channels.count - 1)] : out
            let shape = ResnetBlock.Shape(sources: [hidden, skip], outputs: out, level: depth)
            resnets.append(try ResnetBlock(weights.scoped("resnets.\(j)"), shape, &builder))
            guard block.hasAttention else { continue }
            let attended = AttentionBlock.Shape(
                channels: out, headDim: configuration.attentionHeadDim[depth], groups: configuration.normNumGroups)
            attentions.append(try AttentionBlock(weights.scoped("attentions.\(j)"), attended, builder))
        }
        self.resnets = resnets
        self.attentions = attentions
        let scope = weights.scoped("upsamplers.0")
        if index == channels.count - 1 {
            upsampler = nil
        } else if block.resampling == .resnet {
            let shape = ResnetBlock.Shape(sources: [out], outputs: out, level: depth, resampling: .up)
            upsampler = .resnet(try ResnetBlock(scope, shape, &builder))
        } else {
            let shape = ConvolutionShape(sources: [out], outputs: out, kernel: .square(3), padding: .same(1))
            upsampler = .conv(try Convolution(scope.scoped("conv"), shape, plan: builder.plan(depth - 1)))
        }
    }

    var convolutions: [Convolution] {
        let own = resnets.flatMap(\.convolutions) + attentions.flatMap(\.convolutions)
        return switch upsampler {
        case .conv(let convolution): own + [convolution]
        case .resnet(let resnet): own + resnet.convolutions
        case nil: own
        }
    }

    /// Consumes `hidden` and as many skips as it has resnets; returns a new activation.
    func callAsFunction(
        _ hidden: Activation, _ skips: inout [Activation], _ projected: Activation, _ pass: Pass
    ) -> Activation {
        var x = hidden
        func replace(_ next: Activation) {
            pass.release(x)
            x = next
        }
        for (j, resnet) in resnets.enumerated() {
            let skip = skips.removeLast()
            replace(resnet([x, skip], projected, pass))
            pass.release(skip)
            if !attentions.isEmpty { replace(attentions[j](x, pass)) }
        }
        switch upsampler {
        case .conv(let convolution): replace(convolution(.init([x], upsampled: true), .init(moments: true), pass))
        case .resnet(let resnet): replace(resnet([x], projected, pass))
        case nil: break
        }
        return x
    }
}
