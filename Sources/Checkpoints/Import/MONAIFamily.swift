import JSON

/// MONAI's `DiffusionModelUNet` (`monai/networks/nets/diffusion_model_unet.py`) without cross attention, also of the
/// older MONAI Generative. Its arithmetic is UNet2DModel's with norms of epsilon 1e-6.
enum MONAIFamily: ImportFamily {
    static let name = "MONAI"
    static let landmarks = ["conv_in.conv.weight", "time_embed.0.weight", "middle_block.resnet_1.norm1.weight"]
    static var scheduler: JSONObject { linearSchedule(variance: "fixed_small") }

    static func assemble(_ source: ForeignWeights, _ options: ImportOptions) throws(CheckpointError) -> NetworkAssembly
    {
        if let name = source.names.first(where: { $0.contains(".transformer_blocks.") }) {
            throw source.fault(
                name, expected: "a UNet without cross attention (with_conditioning false)", got: "a transformer")
        }
        var assembly = NetworkAssembly(source)
        let levels = try levels(source)
        let widths = try HeadWidths(
            options, channels: levels.channels, attended: zip(levels.down, levels.up).map { $0 || $1 })
        levels.show(&assembly)
        assembly.take("attention_head_dim", widths.field)
        assembly.take("flip_sin_to_cos", true)
        assembly.take("freq_shift", 0)
        assembly.guess("norm_eps", 1e-6, options)
        _ = try assembly.guessGroups(levels, options)
        try ends(&assembly)
        try assembly.showEnds(levels)
        try blocks(levels, widths, &assembly)
        return assembly
    }

    /// What stands before the first block and behind the last.
    private static func ends(_ assembly: inout NetworkAssembly) throws(CheckpointError) {
        try assembly.linear("time_embed.0", to: "time_embedding.linear_1")
        try assembly.linear("time_embed.2", to: "time_embedding.linear_2")
        if assembly.source.contains("class_embedding.weight") {
            try assembly.copy("class_embedding.weight", to: "class_embedding.weight")
        }
        try assembly.convolution("conv_in.conv", to: "conv_in", kernel: 3)
        try assembly.layer("out.0", to: "conv_norm_out")
        try assembly.convolution("out.2.conv", to: "conv_out", kernel: 3)
    }

    private static func blocks(_ levels: ImportedLevels, _ widths: HeadWidths, _ assembly: inout NetworkAssembly)
        throws(CheckpointError)
    {
        let deepest = levels.channels.count - 1
        func place(_ level: Int) -> Place {
            let channels = levels.channels[level]
            return Place(channels: channels, heads: widths.heads(level: level, channels: channels))
        }
        try resnet("middle_block.resnet_1", to: "mid_block.resnets.0", &assembly)
        try attention("middle_block.attention", to: "mid_block.attentions.0", place(deepest), &assembly)
        try resnet("middle_block.resnet_2", to: "mid_block.resnets.1", &assembly)
        for level in levels.channels.indices {
            let up = levels.up(level)
            for layer in 0..<levels.layers[level] {
                try block("down_blocks.\(level)", layer, levels.down[level] ? place(level) : nil, &assembly)
            }
            for layer in 0...levels.layers[level] {
                try block(up, layer, levels.up[level] ? place(level) : nil, &assembly)
            }
            if level < deepest { try downsampler("down_blocks.\(level)", levels.resamplesInResnets, &assembly) }
            if level > 0 { try upsampler(up, levels.resamplesInResnets, &assembly) }
        }
    }

    /// What an attention has to know of where it stands.
    private struct Place {
        let channels: Int, heads: Int
    }

    private static func levels(_ source: ForeignWeights) throws(CheckpointError) -> ImportedLevels {
        let depth = source.count { "down_blocks.\($0).resnets.0.norm1.weight" }
        guard depth > 0 else { throw source.fault("down_blocks.0.resnets.0", expected: "a resnet", got: "none") }
        var levels = ImportedLevels(channels: [], down: [], up: [], layers: [])
        for level in 0..<depth {
            let name = "down_blocks.\(level)"
            levels.channels.append(try source.channels("\(name).resnets.0.conv1.conv.weight"))
            levels.layers.append(source.count { "\(name).resnets.\($0).norm1.weight" })
            levels.down.append(source.contains("\(name).attentions.0.norm.weight"))
            levels.up.append(source.contains("up_blocks.\(depth - 1 - level).attentions.0.norm.weight"))
        }
        levels.resamplesInResnets = source.contains("down_blocks.0.downsampler.norm1.weight")
        return levels
    }

    private static func block(_ name: String, _ layer: Int, _ attended: Place?, _ assembly: inout NetworkAssembly)
        throws(CheckpointError)
    {
        try resnet("\(name).resnets.\(layer)", to: "\(name).resnets.\(layer)", &assembly)
        if let attended {
            try attention("\(name).attentions.\(layer)", to: "\(name).attentions.\(layer)", attended, &assembly)
        }
    }

    private static func resnet(_ name: String, to target: String, _ assembly: inout NetworkAssembly)
        throws(CheckpointError)
    {
        try assembly.layer("\(name).norm1", to: "\(target).norm1")
        try assembly.convolution("\(name).conv1.conv", to: "\(target).conv1", kernel: 3)
        try assembly.linear("\(name).time_emb_proj", to: "\(target).time_emb_proj")
        try assembly.layer("\(name).norm2", to: "\(target).norm2")
        try assembly.convolution("\(name).conv2.conv", to: "\(target).conv2", kernel: 3)
        if assembly.source.contains("\(name).skip_connection.conv.weight") {
            try assembly.convolution("\(name).skip_connection.conv", to: "\(target).conv_shortcut", kernel: 1)
        }
    }

    private static func attention(_ name: String, to target: String, _ place: Place, _ assembly: inout NetworkAssembly)
        throws(CheckpointError)
    {
        try assembly.layer("\(name).norm", to: "\(target).group_norm")
        // MONAI has the projections one deeper than MONAI Generative had them.
        let isOlder = assembly.source.contains("\(name).to_q.weight"), inner = isOlder ? name : "\(name).attn"
        if assembly.source.contains("\(inner).qkv.weight") {
            try assembly.fused("\(inner).qkv", to: target, heads: place.heads, order: .new)
        } else {
            for layer in ["to_q", "to_k", "to_v"] { try assembly.linear("\(inner).\(layer)", to: "\(target).\(layer)") }
        }
        if assembly.source.contains("\(inner).out_proj.weight") {
            return try assembly.linear("\(inner).out_proj", to: "\(target).to_out.0")
        }
        // MONAI Generative has a projection in its checkpoints that its forward pass never uses (Project-MONAI/MONAI
        // issue 7991), and MONAI with `include_fc` off has none: the identity.
        for part in ["weight", "bias"] { assembly.source.ignore("\(name).proj_attn.\(part)") }
        let channels = place.channels
        try assembly.standIn("\(target).to_out.0.weight", shape: [channels, channels]) {
            $0 / channels == $0 % channels ? 1 : 0
        }
        try assembly.standIn("\(target).to_out.0.bias", shape: [channels]) { _ in 0 }
    }

    private static func downsampler(_ name: String, _ isResnet: Bool, _ assembly: inout NetworkAssembly)
        throws(CheckpointError)
    {
        if isResnet {
            try resnet("\(name).downsampler", to: "\(name).downsamplers.0", &assembly)
        } else {
            try assembly.convolution("\(name).downsampler.op.conv", to: "\(name).downsamplers.0.conv", kernel: 3)
        }
    }

    private static func upsampler(_ name: String, _ isResnet: Bool, _ assembly: inout NetworkAssembly)
        throws(CheckpointError)
    {
        if isResnet { return try resnet("\(name).upsampler", to: "\(name).upsamplers.0", &assembly) }
        let older = "\(name).upsampler.conv.conv", newer = "\(name).upsampler.postconv.conv"
        try assembly.convolution(
            assembly.source.contains("\(older).weight") ? older : newer, to: "\(name).upsamplers.0.conv", kernel: 3)
    }
}
