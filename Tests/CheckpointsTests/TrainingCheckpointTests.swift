import Checkpoints
import JSON
import Testing

/// What training programs leave behind (Tests/Fixtures/imports/make_training_checkpoints.py). That the numbers are right, and all of what is
/// said, is in NetworksTests/ImportGoldenTests.
@Suite("Training checkpoints")
struct TrainingCheckpointTests {
    private func model(_ name: String, _ change: (inout ImportOptions) -> Void = { _ in }) throws -> ImportedModel {
        var options = ImportOptions()
        (options.headDim, options.unet) = (4, ["norm_num_groups": 2])
        change(&options)
        return try ImportedModel(path: "\(ImportTests.fixtures)/\(name)", options: options)
    }

    private func first(_ model: ImportedModel) throws -> [Float] { try model.weights.floats("conv_in.bias", shape: [4]) }

    @Test(arguments: [
        ("diffusers_training/checkpoint-2", "unet_ema", "unet"), ("ema_pytorch/model-2.pt", "ema.ema_model", "ema.online_model"),
        ("lightning_averaged/last.ckpt", "state_dict", "current_model_state"),
    ])
    func averagesAreTakenAndTheOthersCanBeHad(_ name: String, _ average: String, _ trained: String) throws {
        let clear: (inout ImportOptions) -> Void = { if name.hasPrefix("diffusers") { ($0.unet, $0.headDim) = ([:], nil) } }
        let usual = try model(name, clear)
        #expect(usual.place == average && usual.record.isAveraged)
        for (wish, place) in [("ema", average), (average, average), (trained, trained)] {
            let chosen = try model(name) { clear(&$0); $0.weights = wish }
            #expect(chosen.place == place)
            #expect(try (first(chosen) == first(usual)) == (place == average))
        }
        let nonsense = try #require(HandMade.complaint { try model(name) { $0.weights = "nonsense" } })
        #expect(nonsense.expected.contains("\(average) (averaged)") && nonsense.expected.contains(trained) && nonsense.got == "nonsense", "\(nonsense)")
    }

    /// A set in which there is no network is no choice.
    @Test func callbacksAndOptimisersAreNoChoice() throws {
        for (name, place) in [("lightning_monitored/last.ckpt", ""), ("trainer_checkpoint/checkpoint-2", "model.safetensors"), ("objects/checkpoint.pt", "")] {
            #expect(try model(name).place.hasPrefix(place), "\(name)")
        }
    }

    @Test func onlyWhereTheWeightsAreObjectsIsTheFileRefused() throws {
        let refusal = try #require(HandMade.complaint { try model("whole_module/model.pt") })
        #expect(refusal.got == "at model an object of torch.nn.modules.linear.Linear, whose contents only its own code can tell: save model.state_dict() instead of it")
        let record = try model("objects/checkpoint.pt").record.json
        let names = try #require(record["not_run"]?.array).compactMap(\.string)
        for name in ["argparse.Namespace", "torch.float32", "torch.device", "pathlib.PurePosixPath", "numpy._core.multiarray.scalar"] {
            #expect(names.contains(name), "\(name) in \(names)")
        }
    }

    @Test func volumesAreNamed() throws {
        let refusal = try #require(HandMade.complaint { try model("monai_volume/model.pt") })
        #expect(refusal.got == "a network of volumes (3 x 3 x 3 kernels)" && refusal.expected.contains("only 2D networks are served"))
    }

    // MARK: Channels

    @Test func superResolutionIsToldByItsChannels() throws {
        let alone = try model("guided_superres/model.pt") { ($0.headDim, $0.heads) = (nil, 2) }
        let low = ModelManifest.LowResolution(order: .imageFirst, upsampling: .bilinear)
        #expect(alone.manifest.channels == 1 && alone.manifest.lowResolution == low && alone.schedulerConfiguration["variance_type"] == "learned_range")
        #expect(alone.record.assumptions.contains { $0.name == "low_resolution" && $0.option == "--manifest" })
        var manifest = ModelManifest(name: "sr", channels: 1)
        manifest.lowResolution = .init(order: .conditionFirst, upsampling: .nearest)
        let told = try model("guided_superres/model.pt") { ($0.headDim, $0.heads, $0.manifest) = (nil, 2, manifest) }
        #expect(told.manifest == manifest && told.schedulerConfiguration["variance_type"] == "learned_range")
        #expect(!told.record.assumptions.contains { $0.name == "low_resolution" })
        let wrong = HandMade.complaint { try model("guided_superres/model.pt") { ($0.headDim, $0.heads, $0.manifest) = (nil, 2, ModelManifest(name: "x", channels: 3)) } }
        #expect(wrong?.path == "--manifest" && wrong?.item == "channels" && wrong?.got == "3")
    }

    /// Every combination that images can have.
    @Test(arguments: [(1, 1, 1), (1, 1, 2), (1, 2, 1), (1, 2, 2), (3, 1, 1), (3, 1, 2), (3, 2, 1), (3, 2, 2)])
    func channelsAreUnambiguous(_ channels: Int, _ inputs: Int, _ outputs: Int) throws {
        try Places.withFolder { folder in
            try Places.copy(Places.fixtures + "/tiny", to: folder + "/model")
            let path = folder + "/model/unet/config.json"
            var fields = try #require(try JSONReader().read(Places.read(path)).object)
            (fields["in_channels"], fields["out_channels"]) = (.integer(inputs * channels), .integer(outputs * channels))
            try Places.write(String(decoding: fields.serialized(), as: UTF8.self), to: path)
            let folder = try ModelFolder(path: folder + "/model")
            #expect(folder.resolvedManifest.channels == channels)
            let complains = folder.lint().contains { $0.severity == .error && $0.message.contains("super-resolution") }
            #expect(complains == (inputs == 2))
        }
    }

    // MARK: Times

    @Test func stepsToldInThousandthsHaveToBeSaid() throws {
        func improved(_ change: (inout ImportOptions) -> Void) throws -> ImportedModel {
            try model("improved_rescaled/ema_0.9999_000100.pt") { ($0.headDim, $0.heads) = (nil, 2); change(&$0) }
        }
        // With a thousand steps, both are the same.
        #expect(try improved { _ in }.stepsToldInThousandths == nil)
        let open = try #require(HandMade.complaint { try improved { $0.trainingSteps = 4000 } })
        #expect(open.item == "--rescaled-timesteps" && open.expected.contains("t * 1000 / 4000"), "\(open)")
        #expect(HandMade.complaint { try improved { $0.scheduler = ["num_train_timesteps": 4000] } }?.item == "--rescaled-timesteps")
        #expect(HandMade.complaint { try improved { ($0.scheduler, $0.trainingSteps) = (["num_train_timesteps": 4000], 1000) } }?.item == "--training-steps")
        let plain = try improved { ($0.trainingSteps, $0.rescaledTimesteps) = (4000, false) }
        // The library scales its linear betas by 1000 / steps.
        #expect(plain.stepsToldInThousandths == nil && plain.schedulerConfiguration["beta_end"] == 0.005)
        // A null, as diffusers writes it, gives no betas.
        let null = try improved { ($0.trainingSteps, $0.rescaledTimesteps, $0.scheduler) = (4000, false, ["trained_betas": .null]) }
        #expect(null.schedulerConfiguration["beta_end"] == 0.005 && null.record.assumptions == plain.record.assumptions)
        #expect(try improved { ($0.trainingSteps, $0.rescaledTimesteps) = (4000, true) }.stepsToldInThousandths == 4000)
        let other = HandMade.complaint { try model("objects/checkpoint.pt") { $0.rescaledTimesteps = true } }
        #expect(other?.item == "--rescaled-timesteps" && other?.got == "one of MONAI")
    }

    // MARK: Norms

    /// As many groups as a resnet has channels: what is added to a whole channel is taken away with its mean.
    @Test func normsThatEraseTimeAreNamed() throws {
        func warning(_ change: (inout JSONObject) -> Void) throws -> String? {
            try Places.withFolder { folder in
                try Places.copy(Places.fixtures + "/tiny", to: folder + "/model")
                let path = folder + "/model/unet/config.json"
                var fields = try #require(try JSONReader().read(Places.read(path)).object)
                change(&fields)
                try Places.write(String(decoding: fields.serialized(), as: UTF8.self), to: path)
                return try ModelFolder(path: folder + "/model").lint().first { $0.message.hasPrefix("norm_num_groups") }?.message
            }
        }
        #expect(try warning { $0["norm_num_groups"] = 4 } == nil)
        let erased = try #require(try warning { $0["norm_num_groups"] = 8 })
        #expect(erased.contains("8 groups of one channel each take time and class away again in down_blocks.0.resnets.0"), "\(erased)")
        #expect(!erased.contains("down_blocks.1"), "\(erased)")
        #expect(try warning { ($0["norm_num_groups"], $0["resnet_time_scale_shift"]) = (8, "scale_shift") } == nil)
    }
}
