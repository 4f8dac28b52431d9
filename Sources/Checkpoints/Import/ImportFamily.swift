import JSON

/// A library whose networks can be read: it knows the names and layouts of its weights, and what they do not show.
protocol ImportFamily {
    /// The name by which messages call it.
    static var name: String { get }
    /// Weights by which it is told from the others; all have to be there under one prefix.
    static var landmarks: [String] { get }
    /// Scheduler fields as the library has them by default.
    static var scheduler: JSONObject { get }
    /// How its code feeds a low-resolution image to a super-resolution network.
    static var lowResolution: ModelManifest.LowResolution { get }
    /// The network under diffusers' names. Throws where the weights do not fit together or the options lack something.
    static func assemble(_ source: ForeignWeights, _ options: ImportOptions) throws(CheckpointError) -> NetworkAssembly
}

extension ImportFamily {
    /// MONAI and diffusers put the image to be made first; how the other is enlarged is the user's.
    static var lowResolution: ModelManifest.LowResolution { .init(order: .imageFirst) }

    /// Ho et al. 2020: linear betas from 1e-4 to 0.02 over 1000 steps, noise prediction.
    static func linearSchedule(variance: String) -> JSONObject {
        [
            "num_train_timesteps": 1000, "beta_start": 0.0001, "beta_end": 0.02, "beta_schedule": "linear",
            "prediction_type": "epsilon",
            "clip_sample": true, "variance_type": .string(variance),
        ]
    }
}

/// The families there are, and which of them a checkpoint is of.
enum ImportFamilies {
    static var all: [any ImportFamily.Type] {
        [DiffusersFamily.self, MONAIFamily.self, GuidedDiffusionFamily.self, HoFamily.self, ScoreSDEFamily.self]
    }

    /// Networks that can be told but not read, and why.
    private static let refused: [(landmark: String, what: String)] = [
        (
            "init_conv.weight",
            "a network of denoising-diffusion-pytorch, whose RMS norms and linear attention UNet2DModel has not"
        ),
        ("map_layer0.weight", "a network of NVlabs EDM, which is another than UNet2DModel"),
        ("first_stage_model.encoder.conv_in.weight", "a latent-space model"),
    ]

    /// The networks that these weights hold: the family of each, and the prefix of its weights' names (`module.`,
    /// `model.`, ...), in the order of the prefixes.
    static func networks(in names: [String]) -> [(family: any ImportFamily.Type, prefix: String)] {
        // Each is held against the others: of more than so many none would be taken without a choice.
        let most = 64
        let known = Set(names)
        var found: [String: any ImportFamily.Type] = [:]
        for family in all {
            let landmark = family.landmarks[0]
            for name in names where name == landmark || name.hasSuffix(".\(landmark)") {
                let prefix = String(name.dropLast(landmark.count))
                if found[prefix] == nil, found.count < most,
                    family.landmarks.allSatisfy({ known.contains(prefix + $0) })
                {
                    found[prefix] = family
                }
            }
        }
        return found.sorted { $0.key < $1.key }.map { ($0.value, $0.key) }
    }

    /// What to say of weights in which no network of these families is.
    static func unknown(_ names: [String], path: String) -> CheckpointError {
        if let other = refused.first(where: { refused in
            names.contains { $0 == refused.landmark || $0.hasSuffix(".\(refused.landmark)") }
        }) {
            return CheckpointError(path: path, expected: "a network that UNet2DModel can express", got: other.what)
        }
        return CheckpointError(
            path: path, expected: "weights of \(all.map { $0.name }.joined(separator: ", "))",
            got: "\(names.count) others, the first of them \(names.sorted().prefix(3).joined(separator: ", "))")
    }
}

/// What all families' levels have in common.
struct ImportedLevels {
    /// Channels of each level, shallowest first.
    var channels: [Int]
    /// Whether a level has attention on the way down, and on the way up.
    var down: [Bool], up: [Bool]
    /// Resnets of each level on the way down.
    var layers: [Int]
    /// Whether resolution changes in resnets.
    var resamplesInResnets = false

    /// Sets the fields that follow.
    func show(_ assembly: inout NetworkAssembly) {
        func types(_ attended: [Bool], _ way: String) -> JSONValue {
            .array(
                attended.map {
                    .string(
                        $0 ? "Attn\(way)Block2D" : resamplesInResnets ? "Resnet\(way)sampleBlock2D" : "\(way)Block2D")
                })
        }
        assembly.show("block_out_channels", .array(channels.map { .integer($0) }))
        assembly.show("down_block_types", types(down, "Down"))
        assembly.show("up_block_types", types(up.reversed(), "Up"))
        assembly.show("downsample_type", resamplesInResnets ? "resnet" : "conv")
        assembly.show("upsample_type", resamplesInResnets ? "resnet" : "conv")
        assembly.show(
            "layers_per_block", Set(layers).count == 1 ? .integer(layers[0]) : .array(layers.map { .integer($0) }))
    }

    /// diffusers' name of resnet `layer` on the way up to level `level`, counted from the shallowest.
    func up(_ level: Int) -> String { "up_blocks.\(channels.count - 1 - level)" }
}

extension NetworkAssembly {
    /// What input and output layers and embeddings show, once they are copied: `in_channels`, `out_channels`, the time
    /// MLP, the classes.
    /// - Throws: if the time embedding is of another width than the first level, which UNet2DModel cannot express.
    mutating func showEnds(_ levels: ImportedLevels) throws(CheckpointError) {
        guard let first = tensors["conv_in.weight"]?.shape, let last = tensors["conv_out.weight"]?.shape,
            let time = tensors["time_embedding.linear_1.weight"]?.shape, first.count == 4, last.count == 4,
            time.count == 2
        else {
            throw source.fault("conv_in", expected: "convolutions and linear layers at the ends", got: "other shapes")
        }
        guard time[1] == levels.channels[0], first[0] == levels.channels[0] else {
            throw source.fault(
                "channels of the first level",
                expected: "\(time[1]), as the time embedding has (UNet2DModel knows no other)",
                got: "\(levels.channels[0]), with \(first[0]) before it")
        }
        show("in_channels", .integer(first[1]))
        show("out_channels", .integer(last[0]))
        show("time_embedding_dim", time[0] == 4 * time[1] ? .null : .integer(time[0]))
        if let classes = tensors[ModelManifest.classTable]?.shape.first { show("num_class_embeds", .integer(classes)) }
    }

    /// Norm groups, which leave no trace: the library's usual 32, where it divides the channels.
    mutating func guessGroups(_ levels: ImportedLevels, _ options: ImportOptions) throws(CheckpointError) -> JSONValue {
        guess("norm_num_groups", 32, options)
        if let given = options.unet["norm_num_groups"] { return given }
        if let odd = levels.channels.first(where: { $0 % 32 != 0 }) {
            throw source.fault(
                "norm_num_groups", expected: "a --config that says it (32 does not divide \(odd) channels)", got: "none"
            )
        }
        return 32
    }
}
