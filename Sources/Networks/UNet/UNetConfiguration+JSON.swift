import Checkpoints
import JSON

extension UNetConfiguration {
    /// Reads `unet/config.json`. Unknown keys are left alone, absent ones take diffusers' default, and null is what
    /// diffusers makes of None: false of a flag, and of the rest mostly an error (ModelSpecification.md section 1.3).
    /// - Throws: `JSONMismatch` naming the field, what it may hold and what it holds.
    public init(json: JSONObject) throws {
        let root = JSONCursor(json)
        let channels =
            try root.given("block_out_channels").map { field in
                try field.elements(count: 1...12).map { try $0.int(in: 1...65_536) }
            } ?? [224, 448, 672, 896]
        blockOutChannels = channels
        (sampleHeight, sampleWidth) = try Self.sampleSize(root.member("sample_size"))
        inChannels = try root.given("in_channels")?.int(in: 1...1024) ?? 3
        outChannels = try root.given("out_channels")?.int(in: 1...1024) ?? 3
        centerInputSample = try root.given("center_input_sample")?.boolOrNone() ?? false
        timeEmbeddingType = try root.given("time_embedding_type")?.choice() ?? .positional
        let width = try root.member("time_embedding_dim")?.int(in: 0...65_536) ?? 0
        timeEmbeddingDim = width == 0 ? 4 * channels[0] : width
        let isPositional = timeEmbeddingType == .positional
        freqShift = try root.given("freq_shift", isUsed: isPositional)?.double(in: -1e6...1e6) ?? 0
        flipSinToCos = try root.given("flip_sin_to_cos")?.boolOrNone() ?? true
        let down = try root.choice("downsample_type") ?? ResamplingType.conv
        let up = try root.choice("upsample_type") ?? ResamplingType.conv
        downBlocks = try Self.levels(root, .down, channels.count, down)
        upBlocks = try Self.levels(root, .up, channels.count, up)
        // diffusers builds the same mid block for any string.
        hasMidBlock = json["mid_block_type"] != .some(.null)
        layersPerBlock = try Self.perLevel(root, "layers_per_block", default: 2, in: 1...64, channels.count)
        midBlockScaleFactor =
            try root.given("mid_block_scale_factor", isUsed: hasMidBlock)?.double(in: 1e-6...1e6) ?? 1
        downsamplePadding =
            try root.given("downsample_padding", isUsed: Self.downsamplesByConvolution(downBlocks))?.int(in: 0...1) ?? 1
        activation = try root.given("act_fn")?.choice() ?? .silu
        attentionHeadDim = try Self.headDims(root, channels.count)
        normNumGroups = try root.given("norm_num_groups")?.int(in: 1...65_536) ?? 32
        normEps = try root.given("norm_eps")?.double(in: 1e-30...1) ?? 1e-5
        timeScaleShift = try root.given("resnet_time_scale_shift")?.choice() ?? .default
        let midGroups = try root.member("attn_norm_num_groups")?.int(in: 1...65_536)
        midAttentionGroups = midGroups ?? (timeScaleShift == .default ? normNumGroups : nil)
        addAttention = try root.given("add_attention")?.boolOrNone() ?? true
        classEmbedding = try Self.classEmbedding(root)
        numTrainTimesteps = try root.member("num_train_timesteps")?.int(in: 1...1_000_000)
        try validate()
    }

    /// Whether some level has a downsampler that `downsample_padding` pads; the last level has none.
    private static func downsamplesByConvolution(_ levels: [Level]) -> Bool {
        levels.dropLast().contains { $0.resampling == .conv }
    }

    private static func sampleSize(_ field: JSONCursor?) throws -> (Int?, Int?) {
        guard let field else { return (nil, nil) }
        if field.value.array != nil {
            let sides = try field.elements(count: 2...2).map { try $0.int(in: 1...65_536) }
            return (sides[0], sides[1])
        }
        let side = try field.int(in: 1...65_536)
        return (side, side)
    }

    /// One number for all levels, or as `UNet2DConditionModel` also takes it, a list with one for each: other
    /// libraries' networks differ by level, which `UNet2DModel` cannot say.
    private static func perLevel(
        _ root: JSONCursor, _ key: String, default fallback: Int, in range: ClosedRange<Int>, _ count: Int
    ) throws -> [Int] {
        guard let field = try root.given(key) else { return Array(repeating: fallback, count: count) }
        guard field.value.array != nil else { return Array(repeating: try field.int(in: range), count: count) }
        return try field.elements(count: count...count).map { try $0.int(in: range) }
    }

    /// Absent means 8; null means one head as wide as the channels.
    private static func headDims(_ root: JSONCursor, _ count: Int) throws -> [Int?] {
        root.value["attention_head_dim"] == .some(.null)
            ? Array(repeating: nil, count: count)
            : try perLevel(root, "attention_head_dim", default: 8, in: 1...65_536, count)
    }

    /// The blocks of one way through the network.
    private enum Way: String {
        case down = "Down", up = "Up"

        var key: String { "\(rawValue.lowercased())_block_types" }

        /// What diffusers takes where the config names none.
        var fallback: [String] {
            let attended = Array(repeating: "Attn\(rawValue)Block2D", count: 3)
            return self == .down ? ["DownBlock2D"] + attended : attended + ["UpBlock2D"]
        }
    }

    private static func levels(
        _ root: JSONCursor, _ way: Way, _ count: Int, _ resampling: ResamplingType
    ) throws -> [Level] {
        guard let field = try root.given(way.key) else {
            guard way.fallback.count == count else {
                throw root.mismatch(expected: "\(way.key) with \(count) entries, as block_out_channels has")
            }
            return way.fallback.map {
                let isAttended = $0.hasPrefix("Attn")
                return Level(hasAttention: isAttended, resampling: isAttended ? resampling : .conv)
            }
        }
        let name = way.rawValue
        return try field.elements(count: count...count).map { element in
            switch try element.string() {
            // Only the attention blocks honour downsample_type and upsample_type.
            case "\(name)Block2D": return Level(hasAttention: false, resampling: .conv)
            case "Attn\(name)Block2D": return Level(hasAttention: true, resampling: resampling)
            case "Resnet\(name)sampleBlock2D": return Level(hasAttention: false, resampling: .resnet)
            default:
                throw element.mismatch(
                    expected: "\(name)Block2D, Attn\(name)Block2D or Resnet\(name)sampleBlock2D "
                        + "(Skip, FIR and cross-attention blocks are not supported)")
            }
        }
    }

    private static func classEmbedding(_ root: JSONCursor) throws -> ClassEmbedding? {
        switch try root.member("class_embed_type")?.string(oneOf: ["timestep", "identity"]) {
        case "timestep": .timestep
        case "identity": .identity
        default: try root.member("num_class_embeds").map { .table(rows: try $0.int(in: 1...ModelManifest.mostClasses)) }
        }
    }

    /// What no single field shows.
    private func validate() throws {
        try validateGroups()
        try validateHeads()
        if timeEmbeddingType == .learned, numTrainTimesteps == nil {
            throw JSONMismatch(
                pointer: "/num_train_timesteps", expected: "the rows of the learned time table", got: "null")
        }
        let half = blockOutChannels[0] / 2
        if timeEmbeddingType == .positional, Double(half) - freqShift <= 0 {
            throw JSONMismatch(
                pointer: "/freq_shift", expected: "less than \(half), half the first level's channels",
                got: "\(freqShift)")
        }
    }

    private func validateGroups() throws {
        for (index, channels) in blockOutChannels.enumerated() where channels % normNumGroups != 0 {
            throw JSONMismatch(
                pointer: "/block_out_channels/\(index)", expected: "a multiple of norm_num_groups (\(normNumGroups))",
                got: "\(channels)")
        }
        if let groups = midAttentionGroups, let deepest = blockOutChannels.last, deepest % groups != 0 {
            throw JSONMismatch(pointer: "/attn_norm_num_groups", expected: "a divisor of \(deepest)", got: "\(groups)")
        }
    }

    private func validateHeads() throws {
        let deepest = blockOutChannels.count - 1
        for (level, channels) in blockOutChannels.enumerated() {
            let isAttended =
                downBlocks[level].hasAttention || upBlocks[deepest - level].hasAttention
                || level == deepest && hasMidBlock && addAttention
            if isAttended, let head = attentionHeadDim[level], head > channels {
                throw JSONMismatch(
                    pointer: "/attention_head_dim",
                    expected: "at most \(channels), the channels of a level with attention", got: "\(head)")
            }
        }
    }
}
