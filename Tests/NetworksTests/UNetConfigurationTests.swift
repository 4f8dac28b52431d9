import JSON
import Networks
import Testing

/// What a `unet/config.json` may hold.
struct UNetConfigurationTests {
    /// A field that is wrong in an otherwise right config, and where the error points.
    struct Refusal: Sendable, CustomTestStringConvertible {
        let fields: JSONObject
        let pointer: String
        var testDescription: String { "\(pointer) of \(fields)" }

        init(_ fields: JSONObject, _ pointer: String) { (self.fields, self.pointer) = (fields, pointer) }
    }

    /// Two levels, of which the deeper is attended.
    static let right: JSONObject = [
        "block_out_channels": [8, 16], "down_block_types": ["DownBlock2D", "AttnDownBlock2D"],
        "up_block_types": ["AttnUpBlock2D", "UpBlock2D"], "norm_num_groups": 4,
    ]

    static func changed(_ fields: JSONObject) -> JSONObject {
        var json = right
        for (key, value) in fields { json[key] = value }
        return json
    }

    /// Timesteps and class values are rows of one table of 1000.
    static let classValuesByTable = changed([
        "time_embedding_type": "learned", "num_train_timesteps": 1000, "class_embed_type": "timestep",
    ])

    static let refusals: [Refusal] = [
        .init(["block_out_channels": []], "/block_out_channels"),
        .init(["block_out_channels": 8], "/block_out_channels"),
        .init(["block_out_channels": [8, 0]], "/block_out_channels/1"),
        .init(["block_out_channels": [8, 18]], "/block_out_channels/1"),
        .init(["block_out_channels": [8, 16, 16]], "/down_block_types"),
        .init(["sample_size": 0], "/sample_size"), .init(["sample_size": [8]], "/sample_size"),
        .init(["sample_size": [8, "8"]], "/sample_size/1"),
        .init(["in_channels": 0], "/in_channels"), .init(["out_channels": 1025], "/out_channels"),
        .init(["center_input_sample": 1], "/center_input_sample"),
        .init(["time_embedding_type": "sine"], "/time_embedding_type"),
        .init(["time_embedding_dim": -1], "/time_embedding_dim"),
        .init(["time_embedding_type": "learned"], "/num_train_timesteps"),
        .init(["num_train_timesteps": 0], "/num_train_timesteps"),
        .init(["freq_shift": 4], "/freq_shift"), .init(["freq_shift": "1"], "/freq_shift"),
        .init(["flip_sin_to_cos": "true"], "/flip_sin_to_cos"),
        .init(["downsample_type": "pool"], "/downsample_type"), .init(["upsample_type": 2], "/upsample_type"),
        .init(["down_block_types": ["DownBlock2D"]], "/down_block_types"),
        .init(["down_block_types": ["DownBlock2D", "SkipDownBlock2D"]], "/down_block_types/1"),
        .init(["up_block_types": ["DownBlock2D", "UpBlock2D"]], "/up_block_types/0"),
        .init(["layers_per_block": 0], "/layers_per_block"), .init(["layers_per_block": [1]], "/layers_per_block"),
        .init(["layers_per_block": [1, 65]], "/layers_per_block/1"),
        .init(["mid_block_scale_factor": 0], "/mid_block_scale_factor"),
        .init(["downsample_padding": 2], "/downsample_padding"), .init(["act_fn": "tanh"], "/act_fn"),
        .init(["attention_head_dim": 0], "/attention_head_dim"),
        .init(["attention_head_dim": 32], "/attention_head_dim"),
        .init(["norm_num_groups": 0], "/norm_num_groups"), .init(["norm_num_groups": 3], "/block_out_channels/0"),
        .init(["norm_eps": 0], "/norm_eps"), .init(["attn_norm_num_groups": 3], "/attn_norm_num_groups"),
        .init(["resnet_time_scale_shift": "ada_group"], "/resnet_time_scale_shift"),
        .init(["add_attention": []], "/add_attention"), .init(["class_embed_type": "text"], "/class_embed_type"),
        .init(["num_class_embeds": 0], "/num_class_embeds"),
    ]

    @Test func theRestIsRight() throws {
        let configuration = try UNetConfiguration(json: Self.right)
        #expect(configuration.blockOutChannels == [8, 16] && configuration.sizeMultiple == 2)
        #expect(configuration.timeEmbeddingDim == 32 && configuration.attentionHeadDim == [8, 8])
        #expect(configuration.downBlocks.map(\.hasAttention) == [false, true])
        #expect(configuration.upBlocks.map(\.hasAttention) == [true, false])
    }

    @Test(arguments: refusals) func whatIsWrongIsNamed(refusal: Refusal) throws {
        let json = Self.changed(refusal.fields)
        let error = try #require(throws: JSONMismatch.self) { try UNetConfiguration(json: json) }
        #expect(error.pointer == refusal.pointer, "\(error)")
    }

    /// A null is what `UNet2DModel(**{field: None})` of diffusers 0.40 makes of it: false of a flag.
    @Test func aNullFlagIsFalse() throws {
        for field in ["center_input_sample", "flip_sin_to_cos", "add_attention"] {
            let null = try UNetConfiguration(json: Self.changed([field: .null]))
            #expect(try null == UNetConfiguration(json: Self.changed([field: false])), "\(field)")
        }
    }

    @Test(arguments: [
        "sample_size", "time_embedding_dim", "downsample_type", "upsample_type", "attn_norm_num_groups",
        "class_embed_type", "num_class_embeds", "num_train_timesteps",
    ])
    func theseMayBeNull(_ field: String) throws {
        let null = try UNetConfiguration(json: Self.changed([field: .null]))
        #expect(try null == UNetConfiguration(json: Self.right))
    }

    /// The rest diffusers fails with, at once or in the first evaluation.
    @Test(arguments: [
        "in_channels", "out_channels", "time_embedding_type", "freq_shift", "down_block_types", "up_block_types",
        "block_out_channels", "layers_per_block", "mid_block_scale_factor", "downsample_padding", "act_fn",
        "norm_num_groups", "norm_eps", "resnet_time_scale_shift",
    ])
    func otherNullsAreRefusedByName(_ field: String) throws {
        let json = Self.changed([field: .null])
        let error = try #require(throws: JSONMismatch.self) { try UNetConfiguration(json: json) }
        #expect(error.pointer == "/" + field && error.got == "null")
    }

    @Test func nullsOfWhatIsNotThereSayNothing() throws {
        let unused: [(JSONObject, String)] = [
            (["mid_block_type": .null], "mid_block_scale_factor"), (["time_embedding_type": "fourier"], "freq_shift"),
            (["down_block_types": ["ResnetDownsampleBlock2D", "AttnDownBlock2D"]], "downsample_padding"),
        ]
        for (fields, field) in unused {
            var given = fields
            given[field] = .null
            let expected = try UNetConfiguration(json: Self.changed(fields))
            #expect(try UNetConfiguration(json: Self.changed(given)) == expected, "\(field)")
        }
    }

    /// Only levels that are attended have heads.
    @Test func headsOfUnattendedLevelsAreNotLookedAt() throws {
        let fields: JSONObject = ["attention_head_dim": [32, 16], "mid_block_type": .null]
        #expect(try UNetConfiguration(json: Self.changed(fields)).attentionHeadDim == [32, 16])
    }

    /// Without block types diffusers' four levels are meant, which another number of channels has none for.
    @Test func theDefaultBlocksAreFour() throws {
        let configuration = try UNetConfiguration(json: [:])
        #expect(configuration.blockOutChannels == [224, 448, 672, 896])
        #expect(configuration.downBlocks.map(\.hasAttention) == [false, true, true, true])
        #expect(configuration.upBlocks.map(\.hasAttention) == [true, true, true, false])
        let error = try #require(throws: JSONMismatch.self) {
            try UNetConfiguration(json: ["block_out_channels": [32, 64]])
        }
        #expect(error.pointer == "" && error.expected.hasPrefix("down_block_types with 2 entries"))
    }
}
