import JSON

/// The torch port of Ho et al. 2020 (pesser/pytorch_diffusion, and ermongroup/ddim `models/diffusion.py`): one head,
/// asymmetric padding where the resolution halves, norms of epsilon 1e-6 in 32 groups.
enum HoFamily: ImportFamily {
    static let name = "Ho (pytorch_diffusion, ddim)"
    static let landmarks = ["temb.dense.0.weight", "down.0.block.0.norm1.weight"]
    /// `var_type: fixedlarge`.
    static var scheduler: JSONObject { linearSchedule(variance: "fixed_large") }

    static func assemble(_ source: ForeignWeights, _ options: ImportOptions) throws(CheckpointError) -> NetworkAssembly
    {
        var assembly = NetworkAssembly(source)
        let levels = try levels(source)
        levels.show(&assembly)
        try assembly.takeHo(levels, options)
        try ends(&assembly)
        try assembly.showEnds(levels)
        // A `bayesian` model's variances, which its forward pass does not use.
        assembly.source.ignore("logvar")
        try blocks(levels, &assembly)
        return assembly
    }

    /// What stands before the first block and behind the last.
    private static func ends(_ assembly: inout NetworkAssembly) throws(CheckpointError) {
        try assembly.linear("temb.dense.0", to: "time_embedding.linear_1")
        try assembly.linear("temb.dense.1", to: "time_embedding.linear_2")
        try assembly.convolution("conv_in", to: "conv_in", kernel: 3)
        try assembly.layer("norm_out", to: "conv_norm_out")
        try assembly.convolution("conv_out", to: "conv_out", kernel: 3)
    }

    private static func blocks(_ levels: ImportedLevels, _ assembly: inout NetworkAssembly) throws(CheckpointError) {
        let deepest = levels.channels.count - 1
        try resnet("mid.block_1", to: "mid_block.resnets.0", &assembly)
        try attention("mid.attn_1", to: "mid_block.attentions.0", &assembly)
        try resnet("mid.block_2", to: "mid_block.resnets.1", &assembly)
        for level in levels.channels.indices {
            let down = "down_blocks.\(level)", up = levels.up(level)
            for layer in 0..<levels.layers[level] {
                try block("down.\(level)", layer, to: down, levels.down[level], &assembly)
            }
            for layer in 0...levels.layers[level] {
                try block("up.\(level)", layer, to: up, levels.up[level], &assembly)
            }
            let channels = levels.channels[level]
            if level < deepest {
                try resample(
                    "down.\(level).downsample", to: "\(down).downsamplers.0.conv", channels, NetworkAssembly.pooling,
                    &assembly)
            }
            if level > 0 {
                try resample(
                    "up.\(level).upsample", to: "\(up).upsamplers.0.conv", channels, NetworkAssembly.identity, &assembly
                )
            }
        }
    }

    private static func levels(_ source: ForeignWeights) throws(CheckpointError) -> ImportedLevels {
        var levels = ImportedLevels(channels: [], down: [], up: [], layers: [])
        for level in 0..<source.count({ "down.\($0).block.0.norm1.weight" }) {
            levels.channels.append(try source.channels("down.\(level).block.0.conv1.weight"))
            levels.layers.append(source.count { "down.\(level).block.\($0).norm1.weight" })
            levels.down.append(source.contains("down.\(level).attn.0.q.weight"))
            levels.up.append(source.contains("up.\(level).attn.0.q.weight"))
        }
        return levels
    }

    private static func block(
        _ name: String, _ layer: Int, to target: String, _ hasAttention: Bool, _ assembly: inout NetworkAssembly
    )
        throws(CheckpointError)
    {
        try resnet("\(name).block.\(layer)", to: "\(target).resnets.\(layer)", &assembly)
        if hasAttention { try attention("\(name).attn.\(layer)", to: "\(target).attentions.\(layer)", &assembly) }
    }

    private static func resnet(_ name: String, to target: String, _ assembly: inout NetworkAssembly)
        throws(CheckpointError)
    {
        try assembly.layer("\(name).norm1", to: "\(target).norm1")
        try assembly.convolution("\(name).conv1", to: "\(target).conv1", kernel: 3)
        try assembly.linear("\(name).temb_proj", to: "\(target).time_emb_proj")
        try assembly.layer("\(name).norm2", to: "\(target).norm2")
        try assembly.convolution("\(name).conv2", to: "\(target).conv2", kernel: 3)
        for shortcut in ["nin_shortcut", "conv_shortcut"] where assembly.source.contains("\(name).\(shortcut).weight") {
            try assembly.convolution("\(name).\(shortcut)", to: "\(target).conv_shortcut", kernel: 1)
        }
    }

    private static func attention(_ name: String, to target: String, _ assembly: inout NetworkAssembly)
        throws(CheckpointError)
    {
        try assembly.layer("\(name).norm", to: "\(target).group_norm")
        for (layer, place) in [("q", "to_q"), ("k", "to_k"), ("v", "to_v"), ("proj_out", "to_out.0")] {
            try assembly.linear("\(name).\(layer)", to: "\(target).\(place)")
        }
    }

    /// `resamp_with_conv` off leaves no weights: a convolution that does the same takes their place.
    private static func resample(
        _ name: String, to target: String, _ channels: Int, _ taps: [Float], _ assembly: inout NetworkAssembly
    )
        throws(CheckpointError)
    {
        if assembly.source.contains("\(name).conv.weight") {
            try assembly.convolution("\(name).conv", to: target, kernel: 3)
        } else {
            try assembly.constantConvolution(target, channels: channels, taps: taps)
        }
    }
}

extension NetworkAssembly {
    /// What Ho's network and those made after it fix in code.
    mutating func takeHo(_ levels: ImportedLevels, _ options: ImportOptions) throws(CheckpointError) {
        take("attention_head_dim", .null)
        take("norm_eps", 1e-6)
        take("flip_sin_to_cos", false)
        take("freq_shift", 1)
        take("downsample_padding", 0)
        _ = try guessGroups(levels, options)
    }
}
