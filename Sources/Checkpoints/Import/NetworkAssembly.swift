import JSON

/// An imported network in the making: weights under diffusers' names, and the fields of its configuration.
struct NetworkAssembly {
    /// Fields that the weights show.
    private var shown = JSONObject()
    /// Fields that they do not show, as this family has them.
    private var usual: JSONObject = [
        "center_input_sample": false, "time_embedding_type": "positional", "mid_block_type": "UNetMidBlock2D",
        "dropout": 0.0,
        "act_fn": "silu", "mid_block_scale_factor": 1, "class_embed_type": .null, "num_class_embeds": .null,
        "num_train_timesteps": .null,
        "resnet_time_scale_shift": "default", "downsample_type": "conv", "upsample_type": "conv",
        "downsample_padding": 1,
        "sample_size": .null, "add_attention": true, "attn_norm_num_groups": .null,
    ]
    /// What was taken for granted, for the user to know.
    private(set) var assumptions: [ImportAssumption] = []
    private(set) var tensors: [String: ImportedTensor] = [:]
    var source: ForeignWeights
    /// Elements of all weights of `standIn`.
    private var madeUp = 0

    init(_ source: ForeignWeights) { self.source = source }

    /// A field that the weights show.
    mutating func show(_ field: String, _ value: JSONValue) { shown[field] = value }

    /// A field that they do not show, as the family's code has it.
    mutating func take(_ field: String, _ value: JSONValue) { usual[field] = value }

    /// The default of a field that the family leaves to its user: told, unless the user gave it.
    mutating func guess(_ field: String, _ value: JSONValue, _ options: ImportOptions) {
        usual[field] = value
        if options.unet[field] == nil { assume(field, value, option: "--config") }
    }

    mutating func assume(_ name: String, _ value: JSONValue, option: String? = nil) {
        assumptions.append(ImportAssumption(name, value, option: option))
    }

    mutating func put(_ target: String, _ tensor: ImportedTensor) { tensors[target] = tensor }

    /// The same numbers under another name.
    mutating func copy(_ name: String, to target: String) throws(CheckpointError) {
        tensors[target] = try source.read(name)
    }

    /// `weight` and `bias` of a layer.
    mutating func layer(_ name: String, to target: String) throws(CheckpointError) {
        try copy("\(name).weight", to: "\(target).weight")
        try copy("\(name).bias", to: "\(target).bias")
    }

    /// A convolution of the kernel expected: some libraries put other things under the same name.
    mutating func convolution(_ name: String, to target: String, kernel: Int) throws(CheckpointError) {
        let shape = try source.shape("\(name).weight")
        guard shape.count == 4, shape[2] == kernel, shape[3] == kernel else {
            throw source.fault(
                "\(name).weight", expected: "a \(kernel) x \(kernel) convolution of images", got: "shape \(shape)")
        }
        try layer(name, to: target)
    }

    /// A linear layer that may be stored as a convolution of width 1.
    mutating func linear(_ name: String, to target: String) throws(CheckpointError) {
        let weight = try matrix("\(name).weight")
        put("\(target).weight", weight)
        try copy("\(name).bias", to: "\(target).bias")
    }

    mutating func matrix(_ name: String) throws(CheckpointError) -> ImportedTensor {
        var weight = try source.read(name)
        guard weight.shape.count >= 2, weight.shape.dropFirst(2).allSatisfy({ $0 == 1 }) else {
            throw source.fault(name, expected: "a matrix", got: "shape \(weight.shape)")
        }
        weight.shape = Array(weight.shape.prefix(2))
        return weight
    }

    /// Q, K and V out of one projection whose rows are laid out as `order` says, in `heads` heads.
    mutating func fused(_ name: String, to target: String, heads: Int, order: ImportOptions.AttentionOrder)
        throws(CheckpointError)
    {
        let weight = try matrix("\(name).weight"), bias = try source.read("\(name).bias")
        let inner = weight.shape[0] / 3
        guard weight.shape[0] == 3 * inner, bias.shape == [3 * inner], heads > 0, inner % heads == 0 else {
            throw source.fault("\(name).weight", expected: "Q, K and V in \(heads) heads", got: "shape \(weight.shape)")
        }
        let width = inner / heads
        for (part, layer) in ["to_q", "to_k", "to_v"].enumerated() {
            let rows = (0..<inner).map { row in
                order == .new ? part * inner + row : (row / width * 3 + part) * width + row % width
            }
            put("\(target).\(layer).weight", weight.rows(rows))
            put("\(target).\(layer).bias", bias.rows(rows))
        }
    }

    /// A 3 x 3 convolution with the same taps for each channel: what stands for a resampler without weights.
    mutating func constantConvolution(_ target: String, channels: Int, taps: [Float]) throws(CheckpointError) {
        try standIn("\(target).weight", shape: [channels, channels, 3, 3]) {
            $0 / 9 / channels == $0 / 9 % channels ? taps[$0 % 9] : 0
        }
        try standIn("\(target).bias", shape: [channels]) { _ in 0 }
    }

    /// A weight of a layer for which the library has none.
    /// - Parameters:
    ///   - shape: sides of at most what `ForeignWeights.channels` lets in.
    ///   - value: of each element, row major.
    /// - Throws: where such weights outgrow those that were given, as they do in no network: one shape in a small file
    ///   may claim any number of channels.
    mutating func standIn(_ target: String, shape: [Int], _ value: (Int) -> Float) throws(CheckpointError) {
        let count = shape.reduce(1, *)
        guard count <= source.elementCount - madeUp else {
            throw source.fault(
                target, expected: "layers without weights to be fewer than the \(source.elementCount) weights given",
                got: "one of shape \(shape)")
        }
        madeUp += count
        put(target, ImportedTensor(shape: shape, values: (0..<count).map(value), isHalf: false))
    }

    /// 2 x 2 means as a convolution, padded right and below (`downsample_padding` 0).
    static let pooling: [Float] = [0.25, 0.25, 0, 0.25, 0.25, 0, 0, 0, 0]
    /// A convolution that changes nothing.
    static let identity: [Float] = [0, 0, 0, 0, 1, 0, 0, 0, 0]

    /// The configuration: what the weights show, and the rest as the user or else the family has it.
    /// - Throws: for a field of the user's that is unknown, or that the weights contradict.
    func configuration(_ options: ImportOptions) throws(CheckpointError) -> JSONObject {
        var fields = usual
        for (field, value) in shown { fields[field] = value }
        for (field, value) in options.unet {
            guard Configurations.unetFields.contains(field) else {
                throw CheckpointError(
                    path: "--config", item: field, expected: "a field of UNet2DModel", got: "an unknown one")
            }
            if let fact = shown[field], fact != value {
                let fact = String(decoding: fact.serialized(), as: UTF8.self)
                throw CheckpointError(
                    path: "--config", item: field, expected: "\(fact), as the weights show", got: value.summary)
            }
            fields[field] = value
        }
        if let size = options.sampleSize { fields["sample_size"] = .integer(size) }
        return fields
    }
}
