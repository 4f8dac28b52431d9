import Checkpoints
import JSON
import Testing

@Suite("Model folders")
struct ModelFolderTests {
    private let tiny = Places.fixtures + "/tiny"

    /// Every weight against what torch says of it. The sums are of at most 4,608 numbers of size 1 in double.
    private func expectGolden(_ weights: Weights) throws {
        let golden = try #require(try JSONReader().read(Places.read(Places.fixtures + "/tiny.json")).object)
        #expect(weights.keys == golden.keys)
        for (key, value) in golden {
            let expected = try #require(value.object)
            let values = try weights.floats(key, shape: expected.ints("shape"))
            #expect(try Double(values[0]) == expected.double("first") && Double(values[values.count - 1]) == expected.double("last"))
            #expect(try abs(values.reduce(0.0) { $0 + Double($1) } - expected.double("sum")) < 1e-10)
        }
        try weights.finish()
    }

    @Test func singleFileShardsAndLegacyHoldTheSameWeights() throws {
        for name in ["tiny", "tiny-sharded", "tiny-legacy"] {
            try expectGolden(ModelFolder(path: Places.fixtures + "/" + name).weights)
        }
    }

    @Test func diffusersFolderIsRead() throws {
        let folder = try ModelFolder(path: tiny)
        #expect(folder.warnings == [] && folder.manifest == nil && folder.schedulerClass == "DDPMScheduler")
        #expect(try folder.unetConfiguration.ints("block_out_channels") == [8, 16])
        #expect(folder.unetConfiguration["_class_name"] == nil && folder.unetConfiguration["_diffusers_version"] == nil)
        #expect(try folder.schedulerConfiguration.string("beta_schedule") == "squaredcos_cap_v2")
        #expect(folder.lint().map(\.severity) == [.warning])
    }

    @Test func shardsComeInSortedOrderAndWithInfinityInTheSchedule() throws {
        let folder = try ModelFolder(path: Places.fixtures + "/tiny-sharded")
        #expect(folder.weightFiles.count == 5)
        #expect(folder.weightFiles.map(\.path) == folder.weightFiles.map(\.path).sorted())
        // cat unet/*.safetensors | sha256sum
        #expect(try folder.weightsSHA256.hexadecimal == "540ac00457d54f4830d0c61bf5e140c2483d6eb2c2c3a04ba11e37f1b6833e6c")
        #expect(folder.schedulerConfiguration["lambda_min_clipped"]?.number?.double == -Double.infinity)
        #expect(folder.warnings == ["model_index.json is missing"])
    }

    @Test func legacySpellingsBecomeTodays() throws {
        let folder = try ModelFolder(path: Places.fixtures + "/tiny-legacy")
        let unet = folder.unetConfiguration
        #expect(try unet.strings("down_block_types") == ["DownBlock2D", "AttnDownBlock2D"])
        #expect(try unet.strings("up_block_types") == ["AttnUpBlock2D", "UpBlock2D"])
        #expect(unet["act_fn"] == "silu" && unet["_name_or_path"] == nil && unet["mid_block_type"] == nil)
        let scheduler = folder.schedulerConfiguration
        #expect(scheduler["prediction_type"] == "sample" && scheduler["predict_epsilon"] == nil && scheduler["tensor_format"] == nil)
        #expect(scheduler["variance_type"] == "fixed_large")
        #expect(
            folder.warnings == [
                "unet/config.json: unknown field resnet_flavour, not used",
                "scheduler/scheduler_config.json: unknown field timestep_values, not used",
            ])
        #expect(folder.weights.shape(of: "down_blocks.1.attentions.0.to_out.0.weight") == [16, 16])
        #expect(folder.weights.shape(of: "mid_block.attentions.0.to_q.weight") == [16, 16])
    }

    @Test func bothSpellingsOfOneWeightAreRefused() throws {
        try Places.withCopy("tiny") { copy in
            let weight = SafetensorsWriter.Tensor(shape: [1], floats: [0])
            try SafetensorsWriter().write(
                ["a.attentions.0.query.bias": weight, "a.attentions.0.to_q.bias": weight],
                to: copy + "/unet/diffusion_pytorch_model.safetensors")
            #expect(HandMade.complaint { try ModelFolder(path: copy) }?.got == "a second a.attentions.0.to_q.bias")
        }
    }

    @Test func onlyAttentionWeightsAreRenamedOrSqueezed() throws {
        try Places.withCopy("tiny") { copy in
            let (square, bias) = (SafetensorsWriter.Tensor(shape: [2, 2, 1, 1], floats: [0, 0, 0, 0]), SafetensorsWriter.Tensor(shape: [1], floats: [0]))
            try SafetensorsWriter().write(
                [
                    "down_blocks.0.attentions.1.proj_attn.weight": square, "down_blocks.0.attentions.1.key.bias": bias,
                    "down_blocks.0.attentions.1.value.weight": .init(shape: [1, 1], floats: [0]),
                    "down_blocks.0.resnets.0.conv_shortcut.weight": square, "key.bias": bias, "attentions.x.query.bias": bias,
                    "attentions.0.group_norm.weight": bias,
                ], to: copy + "/unet/diffusion_pytorch_model.safetensors")
            let weights = try ModelFolder(path: copy).weights
            #expect(
                weights.keys == [
                    "attentions.0.group_norm.weight", "attentions.x.query.bias", "down_blocks.0.attentions.1.to_k.bias",
                    "down_blocks.0.attentions.1.to_out.0.weight", "down_blocks.0.attentions.1.to_v.weight",
                    "down_blocks.0.resnets.0.conv_shortcut.weight", "key.bias",
                ])
            #expect(weights.shape(of: "down_blocks.0.attentions.1.to_out.0.weight") == [2, 2])
            #expect(weights.shape(of: "down_blocks.0.resnets.0.conv_shortcut.weight") == [2, 2, 1, 1])
        }
    }

    @Test(arguments: [
        ("model_index.json", #"{"unet":["diffusers","UNet2DConditionModel"],"scheduler":["diffusers","DDPMScheduler"]}"#, "/unet", "UNet2DModel"),
        ("model_index.json", #"{"unet":["diffusers","UNet2DModel"],"vae":["diffusers","AutoencoderKL"]}"#, "/vae", "a pixel-space model (unet and scheduler)"),
        ("model_index.json", #"{"scheduler":["diffusers","DDPMScheduler"]}"#, "/unet", "[\"diffusers\", \"UNet2DModel\"]"),
        ("model_index.json", "[]", "", "an object"),
        ("unet/config.json", #"{"_class_name":"UNet3DModel"}"#, "/_class_name", "UNet2DModel"),
        ("phantom.json", #"{"channels":1}"#, "/name", "a value"),
    ])
    func wrongModelsAreRefused(_ file: String, _ text: String, _ item: String, _ expected: String) throws {
        try Places.withCopy("tiny") { copy in
            try Places.write(text, to: "\(copy)/\(file)")
            let complaint = try #require(HandMade.complaint { try ModelFolder(path: copy) })
            #expect(complaint.path == "\(copy)/\(file)" && complaint.item == item && complaint.expected == expected)
        }
    }

    @Test func missingAndUnreadableFilesAreNamed() throws {
        for file in ["unet/config.json", "scheduler/scheduler_config.json"] {
            try Places.withCopy("tiny") { copy in
                try Places.write("{\"a\":1,}", to: "\(copy)/\(file)")
                #expect(HandMade.complaint { try ModelFolder(path: copy) }?.expected == "JSON")
                try Places.remove("\(copy)/\(file)")
                let complaint = HandMade.complaint { try ModelFolder(path: copy) }
                #expect(complaint?.path == "\(copy)/\(file)" || complaint?.got.hasPrefix("a UNet without scheduler_config.json") == true)
            }
        }
        #expect(HandMade.complaint { try ModelFolder(path: "/nonexistent") }?.got == "nothing")
        #expect(HandMade.complaint { try ModelFolder(path: Places.fixtures + "/tiny.json") }?.got == "a file")
        #expect(HandMade.complaint { try ModelFolder(path: Places.fixtures) }?.got.contains("phantom import") == true)
    }

    @Test func anUnfitPredictionTypeWarnsAndTheNewerWins() throws {
        try Places.withCopy("tiny") { copy in
            try Places.write(#"{"predict_epsilon":true,"prediction_type":"v_prediction"}"#, to: copy + "/scheduler/scheduler_config.json")
            let folder = try ModelFolder(path: copy)
            #expect(folder.schedulerConfiguration["prediction_type"] == "v_prediction")
            #expect(folder.warnings == ["scheduler/scheduler_config.json: predict_epsilon true contradicts prediction_type string \"v_prediction\", which is used"])
        }
    }

    /// A number in a configuration makes no names of its own: a million of them took seconds and hundreds of megabytes.
    @Test(arguments: [2, 4, 1_000_000, 1_000_001, 0, -1, Int.max]) func classesAreThoseThatTheWeightsHave(_ count: Int) throws {
        try Places.withCopy("tiny") { copy in
            let config = copy + "/unet/config.json"
            var fields = try #require(try JSONReader().read(Places.read(config)).object)
            #expect(try ModelFolder(path: copy).resolvedManifest.attributes.map(\.values) == [["0", "1", "2"]])
            fields["num_class_embeds"] = .integer(count)
            try Places.write(fields.serialized(), to: config)
            #expect(try ModelFolder(path: copy).resolvedManifest.attributes.isEmpty)
            // A network without a table, whatever the number.
            fields["num_class_embeds"] = .integer(3)
            try Places.write(fields.serialized(), to: config)
            let path = copy + "/unet/diffusion_pytorch_model.safetensors"
            try SafetensorsWriter().write(["conv_in.bias": .init(shape: [1], floats: [0])], to: path)
            #expect(try ModelFolder(path: copy).resolvedManifest.attributes.isEmpty)
        }
    }
}
