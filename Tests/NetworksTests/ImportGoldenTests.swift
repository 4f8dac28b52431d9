import Checkpoints
import Foundation
import JSON
import Networks
import Tensors
import TestSupport
import Testing

/// Checkpoints of other libraries, imported, against what these libraries compute themselves (Tests/Fixtures/imports/make_imports.py and
/// make_training_checkpoints.py).
struct ImportGoldenTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let file: String
        var heads: Int?, headDim: Int?
        /// nil: as the import assumes.
        var order: ImportOptions.AttentionOrder?
        var fields: JSONObject = ["norm_num_groups": 2]
        /// Of training, where the library's own times have to be said.
        var steps: Int?, rescaled: Bool?, scheduler: JSONObject = [:]
        var testDescription: String { name }
    }

    /// What accelerate leaves out (`accelerate_state/unet.json` has all of it).
    private static let tinyUNet: JSONObject = [
        "block_out_channels": [4], "down_block_types": ["DownBlock2D"], "up_block_types": ["UpBlock2D"],
        "layers_per_block": 1, "norm_num_groups": 2, "attention_head_dim": 4, "in_channels": 1, "out_channels": 1,
    ]

    static let cases = [
        Case(name: "guided_fp16", file: "/ema_0.9999_000100.pt", headDim: 2),
        Case(name: "guided_heads", file: "/model.pth", heads: 2, order: .new),
        Case(name: "guided_pooling", file: "/model.pt", heads: 2),
        Case(
            name: "monai_levels", file: "/checkpoint.pt",
            fields: ["norm_num_groups": 2, "attention_head_dim": [4, 2, 4]]),
        Case(name: "monai_fused", file: "/model.pt", headDim: 4),
        Case(name: "monai_generative", file: "/model.safetensors", headDim: 2),
        Case(name: "ddim_checkpoint", file: "/ckpt.pth"),
        Case(name: "ho_pooling", file: "/model.ckpt"),
        Case(name: "score_sde", file: "/checkpoint_1.pth"),
        Case(name: "diffusers_bin", file: "", fields: [:]),
        Case(name: "lightning_monitored", file: "/last.ckpt", headDim: 4),
        Case(name: "lightning_averaged", file: "/last.ckpt", headDim: 4),
        Case(name: "accelerate_state", file: "/checkpoint-2", fields: tinyUNet),
        Case(name: "diffusers_training", file: "/checkpoint-2", fields: [:]),
        Case(name: "trainer_checkpoint", file: "/checkpoint-2", headDim: 4),
        Case(name: "ema_pytorch", file: "/model-2.pt", headDim: 4),
        Case(name: "objects", file: "/checkpoint.pt", headDim: 4),
        Case(name: "improved_plain", file: "/ema_0.9999_000100.pt", heads: 2, steps: 50, rescaled: false, scheduler: ["clip_sample": false]),
        Case(
            name: "improved_rescaled", file: "/ema_0.9999_000100.pt", heads: 2, steps: 4000, rescaled: true,
            scheduler: ["beta_schedule": "squaredcos_cap_v2", "clip_sample": false]),
        Case(name: "guided_superres", file: "/model.pt", heads: 2, steps: 50, rescaled: false),
    ]

    private func model(_ test: Case) throws -> ImportedModel {
        var options = ImportOptions()
        (options.heads, options.headDim, options.attentionOrder, options.unet) = (test.heads, test.headDim, test.order, test.fields)
        (options.trainingSteps, options.rescaledTimesteps, options.scheduler) = (test.steps, test.rescaled, test.scheduler)
        return try ImportedModel(path: Fixtures.path("imports/\(test.name)") + test.file, options: options)
    }

    /// The largest difference of a number from the library's own, and the same in standard deviations of the output.
    private func error(_ test: Case) throws -> (absolute: Double, relative: Double) {
        let path = Fixtures.path("imports/\(test.name)"), model = try model(test)
        let unet = try UNet(configuration: UNetConfiguration(json: model.unetConfiguration), weights: model.weights)
        let file = try SafetensorsFile(path: path + "/golden.safetensors")
        let shape = try #require(file.entry("sample")?.shape)
        let samples = try file.floats("sample").split(into: shape[0]), timesteps = try file.floats("timestep")
        let labels = file.entry("class_labels") == nil ? nil : try file.floats("class_labels")
        let rows = samples.indices.map { n in
            UNetRow(sample: samples[n], timestep: timesteps[n], condition: labels.map { .rows([Int($0[n])]) } ?? .none)
        }
        let result = try unet.evaluate(rows, height: shape[2], width: shape[3], compute: Compute(threads: 1))
        let output = try file.floats("output").split(into: shape[0])
        let absolute = zip(result.joined(), output.joined()).map { abs(Double($0) - Double($1)) }.max() ?? .infinity
        return (absolute, UNetGoldenTests.error(result, output))
    }

    /// 1e-4 is what is promised; what the arithmetic of so small a network leaves is below a tenth of it.
    @Test(arguments: cases) func equalsItsOwnLibrary(test: Case) throws {
        let error = try error(test)
        #expect(error.absolute < 1e-4, "\(test.name): \(error.absolute)")
        #expect(error.relative < 1e-5, "\(test.name): \(error.relative) standard deviations")
    }

    /// The `import.json` that an import writes, all of it: what was taken, passed over and assumed, so that no assumption is silent.
    /// PHANTOM_WRITE_GOLDENS=1 writes what there is now, for a reader to look through.
    @Test(arguments: cases) func saysWhatItTook(test: Case) throws {
        let expected = URL(filePath: Fixtures.path("imports/\(test.name)/import.json"))
        let temporary = try TemporaryFolder(), folder = temporary.url.appending(path: "import")
        var model = try model(test)
        if model.stepsToldInThousandths != nil {
            // The fields do not enter into the record; that they are right is in DiffusionTests/ImportedSamplingTests.
            model.take(scheduleToldInThousandths: model.schedulerConfiguration)
        }
        try model.write(to: folder.path(), name: test.name)
        let written = try JSONReader().read(Array(Data(contentsOf: folder.appending(path: "import.json"))))
        let record = Data(JSONWriter(sortedKeys: true, indent: 2).write(written) + [UInt8(ascii: "\n")])
        if ProcessInfo.processInfo.environment["PHANTOM_WRITE_GOLDENS"] == "1" { try record.write(to: expected) }
        #expect(try String(decoding: Data(contentsOf: expected), as: UTF8.self) == String(decoding: record, as: UTF8.self))
    }

    /// A fixture that is not listed above would be held by nothing.
    @Test func everyFixtureOfNumbersIsListed() throws {
        let root = URL(filePath: Fixtures.path("imports"))
        let folders = try FileManager.default.contentsOfDirectory(atPath: root.path()).filter { name in
            FileManager.default.fileExists(atPath: root.appending(path: "\(name)/golden.safetensors").path())
        }
        #expect(folders.sorted() == Self.cases.map(\.name).sorted())
    }

    /// The attention's layout leaves no trace in the shapes: the wrong one has to show in the numbers.
    @Test func theOrderOfFusedAttentionMatters() throws {
        #expect(try error(Case(name: "guided_heads", file: "/model.pth", heads: 2, order: .legacy)).relative > 0.01)
        #expect(try error(Case(name: "guided_heads", file: "/model.pth", heads: 1, order: .new)).relative > 0.01)
        #expect(try error(Case(name: "guided_fp16", file: "/ema_0.9999_000100.pt", headDim: 2, order: .new)).relative > 0.01)
    }
}
