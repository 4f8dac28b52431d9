import Checkpoints
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
    ]

    private func error(_ test: Case) throws -> Double {
        let path = Fixtures.path("imports/\(test.name)")
        var options = ImportOptions()
        (options.heads, options.headDim, options.attentionOrder, options.unet) = (test.heads, test.headDim, test.order, test.fields)
        let model = try ImportedModel(path: path + test.file, options: options)
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

    /// The attention's layout leaves no trace in the shapes: the wrong one has to show in the numbers.
    @Test func theOrderOfFusedAttentionMatters() throws {
        #expect(try error(Case(name: "guided_heads", file: "/model.pth", heads: 2, order: .legacy)) > 0.01)
        #expect(try error(Case(name: "guided_heads", file: "/model.pth", heads: 1, order: .new)) > 0.01)
        #expect(try error(Case(name: "guided_fp16", file: "/ema_0.9999_000100.pt", headDim: 2, order: .new)) > 0.01)
    }
}
