import Foundation
import Testing

/// What is made of training runs and their models.
extension EvaluateCommandTests {
    /// A run of a few steps on pictures of its own.
    private func run(_ name: String, first: Int, side: Int = 16) throws -> String {
        let images = try pictures("\(name)-images", first: first, count: 48, side: side)
        try """
        {"output": "\(path(name))", "dataset": {"kind": "folder", "path": "\(images)"}, "images": 64, "size": \(side),
         "batch": 8, "micro_batch": 4, "model": {"block_out_channels": [8, 16], "norm_num_groups": 4,
         "attn_norm_num_groups": 4}, "optimizer": {"warmup": 2}, "averages": {"widths": [0.05, 0.1], "snapshots": 4},
         "checkpoint_every": 16, "validate_every": 0, "sample_every": 0}
        """.write(toFile: path("\(name).json"), atomically: true, encoding: .utf8)
        let train = try PhantomCommand("train", "--config", path("\(name).json"))
        #expect(train.status == 0, "\(train.errors)")
        return path(name)
    }

    /// An average that lies in the output is taken where it is of this very run, whole.
    @Test func theAveragesOfAnotherRunAreNotTaken() throws {
        let real = try pictures("real", first: 0, count: 8), output = path("report")
        let runs = try (run("one", first: 200), run("other", first: 300))
        func evaluate(_ run: String) throws -> PhantomCommand {
            try PhantomCommand(
                "evaluate", "--real", real, "--run", run, "--count", "4", "--steps", "2", "--features", "radiomics",
                "--no-blurred", "--output", output)
        }
        let first = try evaluate(runs.0)
        #expect(first.status == 0, "\(first.errors)")
        let model = "\(output)/run/width-0.03-step-8/model"
        let weights = "\(model)/unet/diffusion_pytorch_model.safetensors"
        let bytes = try Data(contentsOf: URL(filePath: weights))
        // Broken off before its last file.
        try FileManager.default.removeItem(atPath: "\(model)/model_index.json")
        let again = try evaluate(runs.0)
        #expect(again.status == 0 && again.output == first.output, "\(again.errors)")
        #expect(try Data(contentsOf: URL(filePath: weights)) == bytes)
        let other = try evaluate(runs.1)
        #expect(other.status == 1 && other.errors.contains("augment.json: expected the plan of this very set"))
        #expect(try Data(contentsOf: URL(filePath: weights)) != bytes)
        try FileManager.default.removeItem(atPath: "\(output)/run")
        let fresh = try evaluate(runs.1)
        #expect(fresh.status == 0 && fresh.output != first.output, "\(fresh.errors)")
    }

    /// The table of a search has as many fields in each line whatever the files are called, and an audit does not
    /// search in the index of images of another size.
    @Test func copiesAreSearchedInTheModelsOwnIndex() throws {
        let (model, small) = try ("\(run("one", first: 200))/model", "\(run("small", first: 300, side: 8))/model")
        let images = try pictures("made", first: 400, count: 2)
        try FileManager.default.moveItem(atPath: "\(images)/400.png", toPath: "\(images)/a, b.png")
        try "filename,label\n\"a, b.png\",0\n401.png,1\n".write(
            toFile: "\(images)/labels.csv", atomically: true, encoding: .utf8)
        let search = try PhantomCommand("copies", "search", "--model", model, "--images", images)
        #expect(search.status == 0, "\(search.errors)")
        let lines = search.output.split(separator: "\n")
        #expect(lines.count == 3 && lines.contains { $0.hasPrefix("\"") && $0.contains("/a, b.png\",") })
        let index = "copies.phantomindex"
        try FileManager.default.removeItem(atPath: "\(small)/\(index)")
        try FileManager.default.copyItem(atPath: "\(model)/\(index)", toPath: "\(small)/\(index)")
        let audit = try PhantomCommand("copies", "audit", "--model", small, "--per-condition", "1", "--steps", "2")
        #expect(audit.status == 1 && audit.errors.contains("expected an index of images of 8x8"), "\(audit.errors)")
    }
}
