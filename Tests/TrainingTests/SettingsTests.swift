import JSON
import TestSupport
import Testing

@testable import Training

@Suite struct SettingsTests {
    private static func read(_ text: String) throws -> TrainingSettings {
        try TrainingSettings(json: try #require(JSONReader().read(text).object))
    }

    @Test func threeKeysAreEnough() throws {
        let settings = try Self.read(#"{"output": "run", "dataset": {"kind": "folder"}, "steps": 10}"#)
        #expect(settings.images == 320 && settings.batch == 32 && settings.prediction == .velocity)
        #expect(settings.noise == .logSNRNormal(mean: 1.6, deviation: 3.2) && settings.loss == .edm(data: nil))
        #expect(settings.averages == .widths([0.05, 0.10], snapshots: 32) && settings.optimiser.rate == 3e-4)
    }

    /// What a run's folder holds reads back as it was.
    @Test func filledSettingsReadBack() throws {
        let folder = try TemporaryFolder()
        var run = TinyRun(folder.path)
        run.settings.augmentation.nonLeaky = .init()
        run.settings.loss = .edm(data: nil)
        run.settings.stop.gap = 0.5
        let filled = try run.plan().settings
        #expect(try TrainingSettings(json: filled.json) == filled)
        #expect(filled.dropout == 0.25 && filled.microBatch == 8 && filled.data?.training == 20)
        guard case .edm(let data?) = filled.loss else {
            Issue.record("a loss of \(filled.loss)")
            return
        }
        #expect((0.4...0.6).contains(data))
        // And a run of filled settings is the same run.
        run.settings = filled
        #expect(try run.plan(stored: filled).settings == filled)
    }

    @Test(arguments: [
        (#"{"output": "o", "dataset": {}, "images": 1, "lr": 1}"#, "/lr"),
        (#"{"output": "o", "dataset": {}}"#, "/images"),
        (#"{"output": "o", "dataset": {}, "images": 1, "steps": 1}"#, "/images"),
        (#"{"output": "", "dataset": {}, "images": 1}"#, "/output"),
        (#"{"output": "o", "dataset": {}, "images": 1, "batch": 0}"#, "/batch"),
        (#"{"output": "o", "dataset": {}, "images": 1, "micro_batch": 33}"#, "/micro_batch"),
        (#"{"output": "o", "dataset": {}, "images": 1, "loss": {"weight": "plain", "gamma": 5}}"#, "/loss/gamma"),
        (#"{"output": "o", "dataset": {}, "images": 1, "schedule": {"beta_end": 1}}"#, "/schedule/beta_end"),
        (#"{"output": "o", "dataset": {}, "images": 1, "schedule": {"kind": "linear", "beta_start": 0.03}}"#, "/schedule/beta_start"),
        (#"{"output": "o", "dataset": {}, "images": 1, "schedule": {"kind": "linear", "beta_end": 0.0001}}"#, "/schedule/beta_end"),
        (#"{"output": "o", "dataset": {}, "images": 1, "optimizer": {"betas": [0.9]}}"#, "/optimizer/betas"),
        (#"{"output": "o", "dataset": {}, "images": 1, "averages": {"widths": [0.5]}}"#, "/averages/widths/0"),
        (#"{"output": "o", "dataset": {}, "images": 1, "averages": {"decay": 0.9, "widths": []}}"#, "/averages/widths"),
        (#"{"output": "o", "dataset": {}, "images": 1, "augment": {"mirror": true}}"#, "/augment/mirror"),
        (#"{"output": "o", "dataset": {}, "images": 1e300}"#, "/images"),
        (#"{"output": "o", "dataset": {}, "images": 1, "noise": {"density": "uniform", "std": 1}}"#, "/noise/std"),
    ])
    func whatIsWrongIsNamed(text: String, pointer: String) throws {
        let error = #expect(throws: JSONMismatch.self) { try Self.read(text) }
        #expect(error?.pointer == pointer)
    }

    @Test func theNetworkFollowsTheData() throws {
        let folder = try TemporaryFolder()
        var run = TinyRun(folder.path)
        run.settings.augmentation.nonLeaky = .init(probability: 0.2, stain: true)
        let plan = try run.plan().network
        #expect(plan.exported["num_class_embeds"] == 3 && plan.trained["num_class_embeds"] == 14)
        #expect(plan.configuration.normNumGroups == 4 && plan.configuration.midAttentionGroups == 4)
        run.settings.model["in_channels"] = 3
        let error = #expect(throws: TrainingError.self) { try run.plan() }
        #expect(error?.place == "model/in_channels")
        run.settings.model = ["layers": 2]
        #expect(throws: TrainingError.self) { try run.plan() }
        run.settings.model = ["block_out_channels": [8, 8, 8, 8, 8], "norm_num_groups": 4, "attn_norm_num_groups": 4]
        #expect(throws: TrainingError.self) { try run.plan() }
    }

    /// A value that no network has is told at its place in train.json, not in the file that would be written.
    @Test func whatCannotBeIsToldInTheWordsOfTheFile() throws {
        let folder = try TemporaryFolder()
        var run = TinyRun(folder.path)
        run.settings.model = ["block_out_channels": [10, 20]]
        let error = #expect(throws: JSONMismatch.self) { try run.plan() }
        #expect(error?.pointer == "/model/block_out_channels/0", "\(String(describing: error))")
        let averages = #expect(throws: JSONMismatch.self) {
            try Self.read(#"{"output": "o", "dataset": {}, "images": 1, "averages": {"decay": 0.9, "widths": [0.1]}}"#)
        }
        #expect(averages?.expected == "nothing, as decay is given", "\(String(describing: averages))")
    }

    /// Fourier features have no value at timestep 0, a learned table none between its rows or behind them.
    @Test func timesThatANetworkCannotBeToldAreRefused() throws {
        let folder = try TemporaryFolder()
        func place(_ model: JSONObject, _ change: (inout TrainingSettings) -> Void = { _ in }) -> String? {
            var run = TinyRun(folder.path)
            for (key, value) in model { run.settings.model[key] = value }
            change(&run.settings)
            do { _ = try run.plan() } catch { return (error as? TrainingError)?.place ?? "\(error)" }
            return nil
        }
        let learned: JSONObject = ["time_embedding_type": "learned", "num_train_timesteps": 1000]
        #expect(place(learned) == nil)
        #expect(place(["time_embedding_type": "fourier"]) == "model/time_embedding_type")
        #expect(place(learned) { $0.schedule.kind = .continuousCosine } == "model/time_embedding_type")
        #expect(place([:]) { $0.schedule.kind = .continuousCosine } == nil)
        #expect(place(["time_embedding_type": "learned", "num_train_timesteps": 999]) == "model/num_train_timesteps")
        #expect(place(learned) { $0.schedule.steps = 1001 } == "model/num_train_timesteps")
        #expect(place(learned) { $0.validateEvery = 100 } == "validate_every")
        // So is the network of a folder that a run would begin from.
        let run = TinyRun(folder.path)
        var base = try run.plan().network.exported
        base["time_embedding_type"] = "fourier"
        let error = #expect(throws: TrainingError.self) {
            var settings = run.settings
            settings.model = [:]
            return try NetworkPlan(settings, images: run.images, base: base)
        }
        #expect(error?.place == "model/time_embedding_type" && error?.got == "fourier")
    }

    /// Attention where the image is 16 pixels wide, and as many levels as the size can be halved.
    @Test(arguments: [(64, 4, 2), (32, 4, 1), (28, 3, 1), (128, 4, 3), (256, 5, 4), (9, 1, 0)])
    func defaultNetworks(size: Int, levels: Int, attended: Int) throws {
        let fields = NetworkDefaults.fields(size: size, given: [:])
        let down = try #require(fields["down_block_types"]?.array)
        #expect(down.count == levels && down.firstIndex(of: "AttnDownBlock2D") == attended)
    }
}

@Suite struct SuperResolutionTests {
    private static func settings() throws -> SuperResolutionSettings {
        try SuperResolutionSettings(
            JSONCursor(["scale": 2, "order": "image-first", "upsampling": "nearest"] as JSONObject))
    }

    /// Means of blocks, enlarged; beside the noised image in the network's input, and in the folder's manifest.
    @Test func networksAreShownMeansOfBlocks() throws {
        let condition = try Self.settings().condition([1, 3, 5, 7, 3, 5, 7, 9], height: 2, width: 4)
        #expect(condition == [3, 3, 7, 7, 3, 3, 7, 7])
        let folder = try TemporaryFolder()
        var run = TinyRun(folder.path)
        run.settings.superResolution = try Self.settings()
        let plan = try run.plan()
        #expect(plan.network.configuration.inChannels == 2 && plan.network.configuration.outChannels == 1)
        let batch = try BatchMaker(plan, run.images).batch(from: 0)
        #expect(batch.rows[0].sample.count == 128 && Array(batch.rows[0].sample[..<64]) == batch.examples[0].sample)
        #expect(try TrainingSettings(json: plan.settings.json).superResolution == run.settings.superResolution)
        #expect(throws: JSONMismatch.self) { try SuperResolutionSettings(JSONCursor(["scale": 3] as JSONObject)) }
    }

    @Test func aWarmUpThatTheRunDoesNotOutliveIsSaid() {
        var settings = TrainingSettings(output: "run", images: 1280, dataset: ["kind": "tiny"])
        #expect(settings.warnings.first?.contains("over 500 steps, and the run has 40") == true)
        settings.optimiser.warmup = 40
        #expect(settings.warnings.isEmpty)
    }
}
