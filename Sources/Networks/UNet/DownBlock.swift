import Tensors

/// One level of the way down: resnets, each followed by attention where the level has it, then half the resolution.
struct DownBlock: Sendable {
    private enum Downsampler: Sendable { case conv(Convolution), resnet(ResnetBlock) }

    private let resnets: [ResnetBlock]
    private let attentions: [AttentionBlock]
    private let downsampler: Downsampler?

    /// - Parameter level: 0 is the shallowest; the deepest does not downsample.
    /// - Throws: `CheckpointError` where a tensor is missing or has another shape.
    init(_ weights: ParameterReader, level: Int, _ builder: inout NetworkBuilder) throws {
        let configuration = builder.configuration
        let channels = configuration.blockOutChannels, out = channels[level]
        var resnets: [ResnetBlock] = [], attentions: [AttentionBlock] = []
        for j in 0..<configuration.layersPerBlock[level] {
            let inputs = j == 0 ? channels[max(level - 1, 0)] : out
            let shape = ResnetBlock.Shape(sources: [inputs], outputs: out, level: level)
            resnets.append(try ResnetBlock(weights.scoped("resnets.\(j)"), shape, &builder))
            guard configuration.downBlocks[level].hasAttention else { continue }
            let attended = AttentionBlock.Shape(
                channels: out, headDim: configuration.attentionHeadDim[level], groups: configuration.normNumGroups)
            attentions.append(try AttentionBlock(weights.scoped("attentions.\(j)"), attended, builder))
        }
        self.resnets = resnets
        self.attentions = attentions
        let scope = weights.scoped("downsamplers.0")
        if level == channels.count - 1 {
            downsampler = nil
        } else if configuration.downBlocks[level].resampling == .resnet {
            let shape = ResnetBlock.Shape(sources: [out], outputs: out, level: level, resampling: .down)
            downsampler = .resnet(try ResnetBlock(scope, shape, &builder))
        } else {
            // downsample_padding 0 pads a zero column right and a zero row below: other numbers than padding 1.
            let shape = ConvolutionShape(
                sources: [out], outputs: out, kernel: .square(3), stride: 2,
                padding: configuration.downsamplePadding == 0
                    ? .init(top: 0, left: 0, bottom: 1, right: 1) : .same(1))
            downsampler = .conv(try Convolution(scope.scoped("conv"), shape, plan: builder.plan(level + 1)))
        }
    }

    var convolutions: [Convolution] {
        let own = resnets.flatMap(\.convolutions) + attentions.flatMap(\.convolutions)
        return switch downsampler {
        case .conv(let convolution): own + [convolution]
        case .resnet(let resnet): own + resnet.convolutions
        case nil: own
        }
    }

    /// Pushes every output that the way up will read onto `skips`; the last of them is the block's output.
    func callAsFunction(_ skips: inout [Activation], _ projected: Activation, _ pass: Pass) {
        for (j, resnet) in resnets.enumerated() {
            var x = resnet([skips[skips.count - 1]], projected, pass)
            if !attentions.isEmpty {
                let attended = attentions[j](x, pass)
                pass.release(x)
                x = attended
            }
            skips.append(x)
        }
        let x = skips[skips.count - 1]
        switch downsampler {
        case .conv(let convolution): skips.append(convolution(.init([x]), .init(moments: true), pass))
        case .resnet(let resnet): skips.append(resnet([x], projected, pass))
        case nil: break
        }
    }
}
