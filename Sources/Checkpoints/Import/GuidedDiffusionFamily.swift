import JSON

/// openai/guided-diffusion and openai/improved-diffusion (`unet.py`, `UNetModel`): numbered blocks, fused Q, K and V.
enum GuidedDiffusionFamily: ImportFamily {
    static let name = "guided-diffusion"
    static let landmarks = ["input_blocks.0.0.weight", "time_embed.0.weight", "output_blocks.0.0.in_layers.0.weight"]
    /// `sigma_small` is off by default; a model with twice the output channels learns its variance.
    static var scheduler: JSONObject { linearSchedule(variance: "fixed_large") }

    /// `SuperResModel.forward`.
    static var lowResolution: ModelManifest.LowResolution { .init(order: .imageFirst, upsampling: .bilinear) }

    static func assemble(_ source: ForeignWeights, _ options: ImportOptions) throws(CheckpointError) -> NetworkAssembly
    {
        var assembly = NetworkAssembly(source)
        let structure = try GuidedDiffusionStructure(source)
        let levels = structure.levels
        let widths = try HeadWidths(
            options, channels: levels.channels, attended: zip(levels.down, levels.up).map { $0 || $1 })
        levels.show(&assembly)
        assembly.take("attention_head_dim", widths.field)
        let order = options.attentionOrder ?? .legacy
        if options.attentionOrder == nil {
            assembly.assume("attention_order", .string(order.rawValue), option: "--attention-order")
        }
        assembly.take("norm_eps", 1e-5)
        assembly.take("flip_sin_to_cos", true)
        assembly.take("freq_shift", 0)
        let groups = try assembly.guessGroups(levels, options)
        // The mid attention has a norm, which UNet2DModel has with modulation only if it is told so.
        assembly.take("attn_norm_num_groups", groups)
        assembly.show("resnet_time_scale_shift", structure.modulates ? "scale_shift" : "default")
        try ends(&assembly)
        try assembly.showEnds(levels)
        try blocks(structure, widths, order, &assembly)
        return assembly
    }

    /// What stands before the first block and behind the last.
    private static func ends(_ assembly: inout NetworkAssembly) throws(CheckpointError) {
        try assembly.linear("time_embed.0", to: "time_embedding.linear_1")
        try assembly.linear("time_embed.2", to: "time_embedding.linear_2")
        if assembly.source.contains("label_emb.weight") {
            try assembly.copy("label_emb.weight", to: "class_embedding.weight")
        }
        try assembly.convolution("input_blocks.0.0", to: "conv_in", kernel: 3)
        try assembly.layer("out.0", to: "conv_norm_out")
        try assembly.convolution("out.2", to: "conv_out", kernel: 3)
    }

    private static func blocks(
        _ structure: GuidedDiffusionStructure, _ widths: HeadWidths, _ order: ImportOptions.AttentionOrder,
        _ assembly: inout NetworkAssembly
    ) throws(CheckpointError) {
        let levels = structure.levels
        func heads(_ level: Int) -> Int { widths.heads(level: level, channels: levels.channels[level]) }
        for block in structure.blocks {
            try resnet("\(block.name).0", to: "\(block.target).resnets.\(block.layer)", &assembly)
            guard block.hasAttention else { continue }
            try attention(
                "\(block.name).1", to: "\(block.target).attentions.\(block.layer)", heads(block.level), order, &assembly
            )
        }
        try resnet("middle_block.0", to: "mid_block.resnets.0", &assembly)
        try attention(
            "middle_block.1", to: "mid_block.attentions.0", heads(levels.channels.count - 1), order, &assembly)
        try resnet("middle_block.2", to: "mid_block.resnets.1", &assembly)
        for sampler in structure.samplers { try resample(sampler, structure, &assembly) }
    }

    private static func resnet(_ name: String, to target: String, _ assembly: inout NetworkAssembly)
        throws(CheckpointError)
    {
        try assembly.layer("\(name).in_layers.0", to: "\(target).norm1")
        try assembly.convolution("\(name).in_layers.2", to: "\(target).conv1", kernel: 3)
        try assembly.linear("\(name).emb_layers.1", to: "\(target).time_emb_proj")
        try assembly.layer("\(name).out_layers.0", to: "\(target).norm2")
        try assembly.convolution("\(name).out_layers.3", to: "\(target).conv2", kernel: 3)
        if assembly.source.contains("\(name).skip_connection.weight") {
            try assembly.convolution("\(name).skip_connection", to: "\(target).conv_shortcut", kernel: 1)
        }
    }

    private static func attention(
        _ name: String, to target: String, _ heads: Int, _ order: ImportOptions.AttentionOrder,
        _ assembly: inout NetworkAssembly
    ) throws(CheckpointError) {
        try assembly.layer("\(name).norm", to: "\(target).group_norm")
        try assembly.fused("\(name).qkv", to: target, heads: heads, order: order)
        try assembly.linear("\(name).proj_out", to: "\(target).to_out.0")
    }

    private static func resample(
        _ sampler: GuidedDiffusionStructure.Sampler, _ structure: GuidedDiffusionStructure,
        _ assembly: inout NetworkAssembly
    ) throws(CheckpointError) {
        switch structure.resampling {
        case .resnet: try resnet(sampler.name, to: sampler.target, &assembly)
        case .convolution:
            try assembly.convolution(
                "\(sampler.name).\(sampler.isUp ? "conv" : "op")", to: "\(sampler.target).conv", kernel: 3)
        case .plain:
            // `conv_resample` off: means on the way down, plain repetition on the way up.
            assembly.show("downsample_padding", 0)
            try assembly.constantConvolution(
                "\(sampler.target).conv", channels: structure.levels.channels[sampler.level],
                taps: sampler.isUp ? NetworkAssembly.identity : NetworkAssembly.pooling)
        }
    }
}
