import JSON

/// The network of a run that names none: small enough for CPUs, attention where the image is 16 pixels wide.
///
/// With diffusers' 32 groups over 32 channels a norm would take out the time and class embedding altogether, since
/// each group then is one channel; hence 8 groups, and scale and shift after the norm.
enum NetworkDefaults {
    private static let channels = [32, 64, 128, 128]
    /// The side at which attention begins.
    private static let attended = 16

    /// Fields of `UNet2DModel` for images of `size` pixels a side.
    /// - Parameter given: what train.json says; its channels decide on the levels.
    static func fields(size: Int, given: JSONObject) -> JSONObject {
        let levels = given["block_out_channels"]?.array?.count ?? Self.levels(size)
        let sides = (0..<levels).map { max(1, size >> $0) }
        let place = sides.firstIndex { $0 <= attended } ?? levels - 1
        let isAttended = sides.indices.map { $0 == place }
        let names = isAttended.map { $0 ? "Attn" : "" }
        return [
            "block_out_channels": .array((0..<levels).map { .integer(channels[min($0, channels.count - 1)]) }),
            "down_block_types": .array(names.map { .string("\($0)DownBlock2D") }),
            "up_block_types": .array(names.reversed().map { .string("\($0)UpBlock2D") }),
            "layers_per_block": 2, "norm_num_groups": 8, "attn_norm_num_groups": 8, "attention_head_dim": 8,
            "resnet_time_scale_shift": "scale_shift", "act_fn": "silu", "norm_eps": 1e-5, "downsample_padding": 1,
            "add_attention": true, "time_embedding_type": "positional", "flip_sin_to_cos": true, "freq_shift": 0,
        ]
    }

    /// Four levels, more until the deepest is 16 pixels wide or less, fewer where the size cannot be halved so often.
    private static func levels(_ size: Int) -> Int {
        var levels = channels.count
        while size >> (levels - 1) > attended { levels += 1 }
        while levels > 1, size % (1 << (levels - 1)) != 0 { levels -= 1 }
        return levels
    }
}
