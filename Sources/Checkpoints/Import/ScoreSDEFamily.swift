import JSON

/// yang-song/score_sde_pytorch, `models/ddpm.py`: Ho's network as one numbered list of modules, its 1x1 layers (NIN)
/// stored as [in, out], and on the way up one attention after the resnets of a level instead of one after each.
///
/// The other attentions that UNet2DModel has there get an output projection of zeros, which leaves their input as it
/// is.
enum ScoreSDEFamily: ImportFamily {
    static let name = "score_sde"
    static let landmarks = ["all_modules.0.weight", "all_modules.3.GroupNorm_0.weight"]
    /// A VP model with its usual betas from 0.1 to 20 over 1000 steps.
    static var scheduler: JSONObject { linearSchedule(variance: "fixed_large") }

    static func assemble(_ source: ForeignWeights, _ options: ImportOptions) throws(CheckpointError) -> NetworkAssembly
    {
        var assembly = NetworkAssembly(source)
        var modules = try ScoreSDEModules(source)
        assembly.assume("network", "models/ddpm.py with a variance-preserving SDE")
        // The noise levels of score_sde's other SDEs, at the root of every model.
        assembly.source.ignore("sigmas")
        try assembly.linear(modules.next(.linear), to: "time_embedding.linear_1")
        try assembly.linear(modules.next(.linear), to: "time_embedding.linear_2")
        try assembly.convolution(modules.next(.conv), to: "conv_in", kernel: 3)
        var levels = ImportedLevels(
            channels: [], down: [], up: [], layers: [Int](repeating: modules.layers, count: modules.depth))
        for level in 0..<modules.depth { try down(level, &levels, &modules, &assembly) }
        try resnet(modules.next(.resnet), to: "mid_block.resnets.0", &assembly)
        try attention(modules.next(.attention), to: "mid_block.attentions.0", &assembly)
        try resnet(modules.next(.resnet), to: "mid_block.resnets.1", &assembly)
        levels.up = [Bool](repeating: false, count: modules.depth)
        for level in (0..<modules.depth).reversed() { try up(level, &levels, &modules, &assembly) }
        try assembly.layer(modules.next(.norm), to: "conv_norm_out")
        try assembly.convolution(modules.next(.conv), to: "conv_out", kernel: 3)
        levels.show(&assembly)
        try assembly.takeHo(levels, options)
        try assembly.showEnds(levels)
        return assembly
    }

    private static func down(
        _ level: Int, _ levels: inout ImportedLevels, _ modules: inout ScoreSDEModules,
        _ assembly: inout NetworkAssembly
    )
        throws(CheckpointError)
    {
        let target = "down_blocks.\(level)"
        levels.down.append(modules.hasAttentionAfterResnet)
        for layer in 0..<modules.layers {
            let name = try modules.next(.resnet)
            if layer == 0 { levels.channels.append(try assembly.source.channels("\(name).Conv_0.weight")) }
            try resnet(name, to: "\(target).resnets.\(layer)", &assembly)
            if levels.down[level] {
                try attention(modules.next(.attention), to: "\(target).attentions.\(layer)", &assembly)
            }
        }
        guard level < modules.depth - 1 else { return }
        try resample(
            modules.next(.resampling), to: "\(target).downsamplers.0.conv", levels.channels[level],
            NetworkAssembly.pooling, &assembly)
    }

    private static func up(
        _ level: Int, _ levels: inout ImportedLevels, _ modules: inout ScoreSDEModules,
        _ assembly: inout NetworkAssembly
    )
        throws(CheckpointError)
    {
        let target = levels.up(level), channels = levels.channels[level]
        for layer in 0...modules.layers {
            try resnet(modules.next(.resnet), to: "\(target).resnets.\(layer)", &assembly)
        }
        if modules.isAtAttention {
            levels.up[level] = true
            try attention(modules.next(.attention), to: "\(target).attentions.\(modules.layers)", &assembly)
            for layer in 0..<modules.layers { try idleAttention("\(target).attentions.\(layer)", channels, &assembly) }
        }
        if level > 0 {
            try resample(
                modules.next(.resampling), to: "\(target).upsamplers.0.conv", channels, NetworkAssembly.identity,
                &assembly)
        }
    }

    private static func resnet(_ name: String, to target: String, _ assembly: inout NetworkAssembly)
        throws(CheckpointError)
    {
        try assembly.layer("\(name).GroupNorm_0", to: "\(target).norm1")
        try assembly.convolution("\(name).Conv_0", to: "\(target).conv1", kernel: 3)
        try assembly.linear("\(name).Dense_0", to: "\(target).time_emb_proj")
        try assembly.layer("\(name).GroupNorm_1", to: "\(target).norm2")
        try assembly.convolution("\(name).Conv_1", to: "\(target).conv2", kernel: 3)
        if assembly.source.contains("\(name).NIN_0.W") {
            try nin("\(name).NIN_0", to: "\(target).conv_shortcut", &assembly)
            if var weight = assembly.tensors["\(target).conv_shortcut.weight"] {
                weight.shape += [1, 1]
                assembly.put("\(target).conv_shortcut.weight", weight)
            }
        }
    }

    private static func attention(_ name: String, to target: String, _ assembly: inout NetworkAssembly)
        throws(CheckpointError)
    {
        try assembly.layer("\(name).GroupNorm_0", to: "\(target).group_norm")
        for (index, layer) in ["to_q", "to_k", "to_v", "to_out.0"].enumerated() {
            try nin("\(name).NIN_\(index)", to: "\(target).\(layer)", &assembly)
        }
    }

    /// x W + b.
    private static func nin(_ name: String, to target: String, _ assembly: inout NetworkAssembly)
        throws(CheckpointError)
    {
        assembly.put("\(target).weight", try assembly.matrix("\(name).W").transposed)
        try assembly.copy("\(name).b", to: "\(target).bias")
    }

    private static func idleAttention(_ target: String, _ channels: Int, _ assembly: inout NetworkAssembly)
        throws(CheckpointError)
    {
        for layer in ["to_q", "to_k", "to_v", "to_out.0"] {
            try assembly.standIn("\(target).\(layer).weight", shape: [channels, channels]) { _ in 0 }
            try assembly.standIn("\(target).\(layer).bias", shape: [channels]) { _ in 0 }
        }
        for part in ["weight", "bias"] {
            try assembly.standIn("\(target).group_norm.\(part)", shape: [channels]) { _ in 0 }
        }
    }

    private static func resample(
        _ name: String, to target: String, _ channels: Int, _ taps: [Float], _ assembly: inout NetworkAssembly
    )
        throws(CheckpointError)
    {
        if assembly.source.contains("\(name).Conv_0.weight") {
            try assembly.convolution("\(name).Conv_0", to: target, kernel: 3)
        } else {
            try assembly.constantConvolution(target, channels: channels, taps: taps)
        }
    }
}
