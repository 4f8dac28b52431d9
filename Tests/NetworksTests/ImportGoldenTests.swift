import Checkpoints
import Foundation
import JSON
import Networks
import Tensors
import Testing

/// Checkpoints of other libraries, imported, against what these libraries compute themselves (Tests/Fixtures/imports/make_imports.py).
struct ImportGoldenTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let file: String
        var heads: Int?, headDim: Int?
        var order = ImportOptions.AttentionOrder.legacy
        var fields: JSONObject = ["norm_num_groups": 2]
        var testDescription: String { name }
    }

    /// What accelerate leaves out (`accelerate_state/unet.json` has all of it).
    private static let tinyUNet: JSONObject = [
        "block_out_channels": [4], "down_block_types": ["DownBlock2D"], "up_block_types": ["UpBlock2D"], "layers_per_block": 1,
        "norm_num_groups": 2, "attention_head_dim": 4, "in_channels": 1, "out_channels": 1,
    ]

    static let cases = [
        Case(name: "guided_fp16", file: "/ema_0.9999_000100.pt", headDim: 2),
        Case(name: "guided_heads", file: "/model.pth", heads: 2, order: .new),
        Case(name: "guided_pooling", file: "/model.pt", heads: 2),
        Case(name: "monai_levels", file: "/checkpoint.pt", fields: ["norm_num_groups": 2, "attention_head_dim": [4, 2, 4]]),
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
    ]

    private func model(_ test: Case) throws -> ImportedModel {
        var options = ImportOptions()
        (options.heads, options.headDim, options.attentionOrder, options.unet) = (test.heads, test.headDim, test.order, test.fields)
        return try ImportedModel(path: Fixtures.path("imports/\(test.name)") + test.file, options: options)
    }

    private func error(_ test: Case) throws -> Double {
        let path = Fixtures.path("imports/\(test.name)"), model = try model(test)
        let unet = try UNet(configuration: UNetConfiguration(json: model.unetConfiguration), weights: model.weights)
        let file = try SafetensorsFile(path: path + "/golden.safetensors")
        let shape = try #require(file.entry("sample")?.shape)
        let samples = try file.floats("sample").split(into: shape[0]), timesteps = try file.floats("timestep")
        let labels = file.entry("class_labels") == nil ? nil : try file.floats("class_labels")
        let rows = samples.indices.map { n in
            UNetRow(sample: samples[n], timestep: timesteps[n], classRows: labels.map { [Int($0[n])] } ?? [])
        }
        let result = try unet.evaluate(rows, height: shape[2], width: shape[3], compute: Compute(threads: 1))
        return UNetGoldenTests.error(result, try file.floats("output").split(into: shape[0]))
    }

    @Test(arguments: cases) func equalsItsOwnLibrary(test: Case) throws {
        let error = try error(test)
        #expect(error < 1e-5, "\(test.name): \(error) standard deviations")
    }

    /// What was taken, passed over and assumed, to the word: no silent assumption. PHANTOM_WRITE_GOLDENS=1 writes what there is now, for a
    /// reader to look through.
    @Test(arguments: cases) func saysWhatItTook(test: Case) throws {
        let path = URL(filePath: Fixtures.path("imports/\(test.name)/import.json"))
        let record = JSONWriter(sortedKeys: true, indent: 2).write(.object(try model(test).record.json)) + [UInt8(ascii: "\n")]
        if ProcessInfo.processInfo.environment["PHANTOM_WRITE_GOLDENS"] == "1" { try Data(record).write(to: path) }
        #expect(try String(decoding: Data(contentsOf: path), as: UTF8.self) == String(decoding: record, as: UTF8.self))
    }

    /// The attention's layout leaves no trace in the shapes: the wrong one has to show in the numbers.
    @Test func theOrderOfFusedAttentionMatters() throws {
        #expect(try error(Case(name: "guided_heads", file: "/model.pth", heads: 2, order: .legacy)) > 0.01)
        #expect(try error(Case(name: "guided_heads", file: "/model.pth", heads: 1, order: .new)) > 0.01)
        #expect(try error(Case(name: "guided_fp16", file: "/ema_0.9999_000100.pt", headDim: 2, order: .new)) > 0.01)
    }
}
