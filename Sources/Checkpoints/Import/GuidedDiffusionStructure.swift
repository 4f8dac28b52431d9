/// Which of guided-diffusion's numbered blocks is what.
struct GuidedDiffusionStructure {
    enum Resampling { case convolution, resnet, plain }

    /// A numbered block with a resnet, and its place in UNet2DModel.
    struct Block {
        let name: String
        let target: String
        let layer: Int
        let level: Int
        let hasAttention: Bool
    }

    /// A change of resolution.
    struct Sampler {
        let name: String
        let target: String
        let level: Int
        let isUp: Bool
    }

    private(set) var levels: ImportedLevels
    private(set) var blocks: [Block] = []
    private(set) var samplers: [Sampler] = []
    let resampling: Resampling
    let modulates: Bool

    init(_ source: ForeignWeights) throws(CheckpointError) {
        let outputs = source.count { "output_blocks.\($0).0.in_layers.0.weight" }
        let perLevel = Self.outputsPerLevel(source, outputs), layers = perLevel - 1
        let depth = outputs / perLevel
        guard layers > 0, outputs % perLevel == 0 else {
            throw source.fault(
                "output_blocks", expected: "the same number of blocks at each level",
                got: "\(outputs) blocks, \(perLevel) at the deepest")
        }
        // A resampling block of the way down stands after the resnets of each level but the last.
        let first = "input_blocks.\(layers + 1).0"
        let hasConvolution = depth == 1 || source.contains("\(first).op.weight")
        resampling = hasConvolution ? .convolution : source.contains("\(first).in_layers.0.weight") ? .resnet : .plain
        let embedding = try source.shape("middle_block.0.emb_layers.1.weight")
        modulates = try embedding.first == 2 * source.channels("middle_block.0.in_layers.2.weight")
        levels = ImportedLevels(
            channels: [], down: [], up: [], layers: [Int](repeating: layers, count: depth),
            resamplesInResnets: resampling == .resnet)
        for level in 0..<depth { try addLevel(level, of: depth, layers, source) }
    }

    /// Blocks of the way up to the first that also changes the resolution; all of them in a network of one level.
    private static func outputsPerLevel(_ source: ForeignWeights, _ outputs: Int) -> Int {
        for index in 0..<outputs {
            let names = (1...2).flatMap {
                ["output_blocks.\(index).\($0).conv.weight", "output_blocks.\(index).\($0).in_layers.0.weight"]
            }
            if names.contains(where: source.contains) { return index + 1 }
        }
        // Without weights of its own a downsampler shows as a gap in the numbers of the way down.
        let inputs = source.count { "input_blocks.\($0 + 1).0.in_layers.0.weight" }
        return source.contains("input_blocks.\(inputs + 2).0.in_layers.0.weight") ? inputs + 1 : outputs
    }

    private mutating func addLevel(_ level: Int, of depth: Int, _ layers: Int, _ source: ForeignWeights)
        throws(CheckpointError)
    {
        let input = 1 + level * (layers + 1), output = (depth - 1 - level) * (layers + 1)
        func hasAttention(_ name: String) -> Bool { source.contains("\(name).1.qkv.weight") }
        let down = hasAttention("input_blocks.\(input)"), up = hasAttention("output_blocks.\(output)")
        levels.channels.append(try source.channels("input_blocks.\(input).0.in_layers.2.weight"))
        levels.down.append(down)
        levels.up.append(up)
        for layer in 0..<layers {
            let name = "input_blocks.\(input + layer)"
            blocks.append(
                .init(name: name, target: "down_blocks.\(level)", layer: layer, level: level, hasAttention: down))
        }
        let target = "up_blocks.\(depth - 1 - level)"
        for layer in 0...layers {
            blocks.append(
                .init(
                    name: "output_blocks.\(output + layer)", target: target, layer: layer, level: level,
                    hasAttention: up))
        }
        if level < depth - 1 {
            let name = "input_blocks.\(input + layers).0"
            samplers.append(.init(name: name, target: "down_blocks.\(level).downsamplers.0", level: level, isUp: false))
        }
        if level > 0 {
            let name = "output_blocks.\(output + layers).\(up ? 2 : 1)"
            samplers.append(.init(name: name, target: "\(target).upsamplers.0", level: level, isUp: true))
        }
    }
}
