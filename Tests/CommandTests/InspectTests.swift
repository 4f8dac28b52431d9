import Foundation
import TestSupport
import Testing

@Suite("phantom inspect")
struct InspectTests {
    private let fixtures = PhantomCommand.root + "/Tests/Fixtures/checkpoints"

    /// Its first level has as many channels as groups.
    @Test func showsTheShippedModelAndWarnsOfItsNorms() throws {
        let run = try PhantomCommand("inspect", "--model", PhantomCommand.root + "/Models/cxr64", "--lint")
        #expect(run.status == 0 && run.errors.isEmpty)
        #expect(run.output.contains("3,793,889 in 255 tensors"))
        #expect(run.output.contains("PA normal, PA abnormal, AP normal, AP abnormal"))
        #expect(run.output.contains("size           64 x 64"))
        #expect(run.output.hasSuffix(
            "Lint\n  warning  norm_num_groups: 32 groups of one channel each take time and class away again in "
                + "down_blocks.0.resnets.0, up_blocks.3.resnets.0, up_blocks.3.resnets.1\n"))
    }

    @Test func writesJSON() throws {
        let run = try PhantomCommand("inspect", "--model", fixtures + "/tiny", "--json")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
        #expect(Set(object.keys) == ["manifest", "unet", "scheduler", "weights", "weights_sha256", "work"])
        let weights = try #require(object["weights"] as? [String: Any])
        #expect(weights["elements"] as? Int == 45_065 && weights["tensor_bytes"] as? Int == 180_260)
    }

    @Test func listsTheTensorsOfAFile() throws {
        let run = try PhantomCommand("inspect", fixtures + "/samples/overall.safetensors")
        #expect(run.status == 0)
        #expect(run.output.contains("d  F64 [6] 48 bytes at 582"))
    }

    /// A configuration that asks for other weights: shown without --lint, an error with it.
    @Test func weightsThatDoNotFitAreAnError() throws {
        let folder = try TemporaryFolder(), model = "\(folder.path)/tiny"
        try FileManager.default.copyItem(atPath: fixtures + "/tiny", toPath: model)
        let config = URL(filePath: "\(model)/unet/config.json")
        let text = try String(contentsOf: config, encoding: .utf8)
        try text.replacingOccurrences(of: "\"num_class_embeds\": 3", with: "\"num_class_embeds\": 4").write(
            to: config, atomically: true, encoding: .utf8)
        let run = try PhantomCommand("inspect", "--model", model, "--lint")
        #expect(run.status == 1)
        #expect(run.output.contains("class_embedding.weight: expected shape [4, 32], got [3, 32]"))
    }

    @Test func failuresExitWith1AndUsageWith64() throws {
        let missing = try PhantomCommand("inspect", "/nonexistent.safetensors")
        #expect(missing.status == 1 && missing.output.isEmpty)
        #expect(missing.errors == "Error: /nonexistent.safetensors: expected a readable file, got No such file or directory\n")
        #expect(try PhantomCommand("inspect").status == 64)
        #expect(try PhantomCommand("inspect", "--model", "a", "b").status == 64)
        #expect(try PhantomCommand("inspect", "--variant", "fp16", "b").status == 64)
    }
}
