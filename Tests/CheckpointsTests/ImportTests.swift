import Checkpoints
import JSON
import Testing

/// What an import says and writes; that its numbers are right is in NetworksTests/ImportGoldenTests.
@Suite("Imported models")
struct ImportTests {
    static let fixtures = Places.root + "/Tests/Fixtures/imports"

    private func model(_ name: String, _ change: (inout ImportOptions) -> Void = { _ in }) throws -> ImportedModel {
        var options = ImportOptions()
        options.unet = ["norm_num_groups": 2]
        change(&options)
        return try ImportedModel(path: "\(Self.fixtures)/\(name)", options: options)
    }

    @Test func architecturesAreReadFromNamesAndShapes() throws {
        let guided = try model("guided_fp16/ema_0.9999_000100.pt") { $0.headDim = 2 }
        #expect(guided.family == "guided-diffusion" && guided.place.isEmpty && guided.record.isAveraged)
        #expect(guided.record.assumptions.map(\.name) == ["attention_order", "training steps", "noise schedule", "variance_type", "value_range", "null_class", "sample_size"])
        let expected: JSONObject = [
            "in_channels": 3, "out_channels": 6, "block_out_channels": [4, 8], "layers_per_block": 1, "attention_head_dim": 2,
            "down_block_types": ["ResnetDownsampleBlock2D", "AttnDownBlock2D"], "up_block_types": ["AttnUpBlock2D", "ResnetUpsampleBlock2D"],
            "downsample_type": "resnet", "upsample_type": "resnet", "resnet_time_scale_shift": "scale_shift", "attn_norm_num_groups": 2,
            "num_class_embeds": 5, "norm_eps": 1e-5, "freq_shift": 0, "flip_sin_to_cos": true, "downsample_padding": 1,
        ]
        for (field, value) in expected { #expect(guided.unetConfiguration[field] == value, "\(field)") }
        #expect(guided.schedulerConfiguration["variance_type"] == "learned_range")
        let monai = try model("monai_levels/checkpoint.pt") { $0.unet["attention_head_dim"] = [4, 2, 4] }
        #expect(monai.family == "MONAI" && monai.place == "model" && monai.unetConfiguration["layers_per_block"] == [1, 2, 1])
        #expect(monai.unetConfiguration["norm_eps"] == 1e-6 && monai.record.assumptions.first == ImportAssumption("norm_eps", 1e-6, option: "--config"))
        let ho = try model("ddim_checkpoint/ckpt.pth")
        #expect(ho.place == "4" && ho.unetConfiguration["attention_head_dim"] == .null && ho.unetConfiguration["downsample_padding"] == 0)
        #expect(ho.unetConfiguration["flip_sin_to_cos"] == false && ho.unetConfiguration["freq_shift"] == 1)
        let song = try model("score_sde/checkpoint_1.pth")
        #expect(song.place == "ema.shadow_params" && song.unetConfiguration["up_block_types"] == ["AttnUpBlock2D", "UpBlock2D"])
    }

    @Test func theTrainedWeightsCanBeHadInsteadOfTheAverage() throws {
        for (name, place) in [("ddim_checkpoint/ckpt.pth", "0"), ("score_sde/checkpoint_1.pth", "model")] {
            let average = try model(name), trained = try model(name) { $0.weights = place }
            let shape = try #require(average.weights.shape(of: "conv_in.weight"))
            #expect(try trained.weights.floats("conv_in.weight", shape: shape) != average.weights.floats("conv_in.weight", shape: shape))
            #expect(trained.weights.keys == average.weights.keys && trained.place == place)
        }
    }

    /// What is missing or wrong is named.
    @Test(arguments: [
        ("guided_heads/model.pth", ["norm_num_groups": 2], nil, "attention heads", "--heads or --head-dim (the weights do not show how many there are)"),
        ("guided_heads/model.pth", [:], 2, "norm_num_groups", "a --config that says it (32 does not divide 4 channels)"),
        ("guided_heads/model.pth", ["norm_num_groups": 2], 3, "attention heads", "a divisor of 4, the channels of level 0"),
        ("guided_heads/model.pth", ["norm_num_groups": 2, "in_channels": 3], 2, "in_channels", "1, as the weights show"),
        ("guided_heads/model.pth", ["norm_num_groups": 2, "chanels": 3], 2, "chanels", "a field of UNet2DModel"),
        ("monai_levels/checkpoint.pt", ["norm_num_groups": 2, "attention_head_dim": [4, 2]], nil, "attention_head_dim", "3 integers, one for each level"),
        ("diffusers_bin/unet/diffusion_pytorch_model-00001-of-00002.bin", [:], nil, "configuration", "a folder with config.json, or --config"),
    ] as [(String, JSONObject, Int?, String, String)])
    func whatIsMissingIsNamed(_ name: String, _ fields: JSONObject, _ heads: Int?, _ item: String, _ expected: String) throws {
        let complaint = try #require(HandMade.complaint {
            try model(name) {
                $0.unet = fields
                $0.heads = heads
            }
        })
        #expect(complaint.item == item && complaint.expected.hasPrefix(expected), "\(complaint)")
    }

    /// An option that this checkpoint has no use for is refused, not passed over.
    @Test func optionsOfOtherCheckpointsAreRefused() throws {
        let order = try #require(HandMade.complaint { try model("ho_pooling/model.ckpt") { $0.attentionOrder = .legacy } })
        #expect(order.item == "--attention-order" && order.got.hasPrefix("one of "), "\(order)")
        for name in ["ho_pooling/model.ckpt", "accelerate_state/checkpoint-2", "trainer_checkpoint/checkpoint-2"] {
            let variant = try #require(HandMade.complaint { try model(name) { $0.variant = "ema" } })
            #expect(variant.item == "variant" && variant.expected == "a diffusers folder for it", "\(variant)")
        }
    }

    /// A weight more or less than the network has.
    @Test func everyWeightIsReadAndNoneIsMissing() throws {
        let tensors = try WeightSets(TorchFile(path: Self.fixtures + "/ho_pooling/model.ckpt")).single().tensors
        func complaint(dropping dropped: String? = nil, adding added: String? = nil, prefix: String = "", options: ImportOptions = .init()) throws -> CheckpointError? {
            var written: [String: SafetensorsWriter.Tensor] = [:]
            for tensor in tensors where tensor.name != dropped { written[prefix + tensor.name] = .init(shape: tensor.shape, floats: try tensor.floats()) }
            if let added { written[added] = .init(shape: [1], floats: [0]) }
            return try Places.withFolder { folder in
                try SafetensorsWriter().write(written, to: folder + "/x.safetensors")
                var options = options
                options.unet = ["norm_num_groups": 2]
                return HandMade.complaint { try ImportedModel(path: folder + "/x.safetensors", options: options) }
            }
        }
        #expect(try complaint() == nil)
        #expect(try complaint(prefix: "net.module.") == nil)
        #expect(try complaint(dropping: "mid.block_1.conv2.bias")?.item == "mid.block_1.conv2.bias")
        #expect(try complaint(dropping: "up.0.attn.1.v.weight")?.got == "none")
        let extra = try #require(try complaint(adding: "mid.block_3.conv1.bias"))
        #expect(extra.item == "mid.block_3.conv1.bias" && extra.got == "an extra one of shape [1]")
        // Beside the network it is passed over.
        #expect(try complaint(adding: "betas", prefix: "net.") == nil)
        var below = ImportOptions()
        below.prefix = "net."
        #expect(try complaint(adding: "betas", prefix: "net.", options: below) == nil)
        below.prefix = "other."
        #expect(try complaint(prefix: "net.", options: below)?.expected == "a prefix (--prefix) among net.")
    }

    @Test func otherNetworksAreToldApart() throws {
        func complaint(_ names: [String]) throws -> CheckpointError? {
            try Places.withFolder { folder in
                try SafetensorsWriter().write(Dictionary(uniqueKeysWithValues: names.map { ($0, .init(shape: [1], floats: [0])) }), to: folder + "/x.safetensors")
                return HandMade.complaint { try ImportedModel(path: folder + "/x.safetensors") }
            }
        }
        #expect(try complaint(["ema_model.model.init_conv.weight", "x"])?.got.contains("denoising-diffusion-pytorch") == true)
        #expect(try complaint(["model.map_layer0.weight"])?.got.contains("EDM") == true)
        #expect(try complaint(["b", "a"])?.got == "2 others, the first of them a, b")
        let two = ["temb.dense.0.weight", "down.0.block.0.norm1.weight"]
        #expect(try complaint(two.map { "first.\($0)" } + two.map { "second.\($0)" })?.expected == "a choice (--weights) among first, second")
    }

    /// What is written is read again as the same, and a folder with files in it is left alone.
    @Test func theFolderHoldsTheSame() throws {
        try Places.withFolder { folder in
            let model = try model("diffusers_bin") { $0.unet = [:] }
            try model.write(to: folder + "/out", name: "imported")
            let read = try ModelFolder(path: folder + "/out")
            #expect(read.unetConfiguration == model.unetConfiguration && read.warnings.isEmpty)
            #expect(read.schedulerClass == "DDIMScheduler" && read.schedulerConfiguration["prediction_type"] == "v_prediction")
            #expect(read.schedulerConfiguration["beta_schedule"] == "squaredcos_cap_v2")
            #expect(read.manifest == .implied(name: "imported", channels: 1, classCount: 2))
            #expect(read.weights.keys == model.weights.keys)
            for key in read.weights.keys {
                let shape = try #require(model.weights.shape(of: key))
                #expect(try read.weights.floats(key, shape: shape) == model.weights.floats(key, shape: shape))
            }
            // float16 stays float16: nothing is lost, and nothing is blown up.
            #expect(read.weightFiles[0].tensors.allSatisfy { $0.dtype == .f16 })
            #expect(HandMade.complaint { try model.write(to: folder + "/out", name: "again") }?.got == "one with files in it")
        }
    }

    /// A folder of diffusers that has pickled weights only is not loaded but imported.
    @Test func pickledFoldersAreSentHere() throws {
        let complaint = HandMade.complaint { try ModelFolder(path: Self.fixtures + "/diffusers_bin") }
        #expect(complaint?.got == "torch pickle weights: `phantom import` makes a folder with safetensors of this one")
    }
}
