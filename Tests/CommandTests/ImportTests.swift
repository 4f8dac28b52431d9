import Foundation
import TestSupport
import Testing

@Suite("phantom import")
struct ImportCommandTests {
    private static let fixtures = PhantomCommand.root + "/Tests/Fixtures/imports"

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = try TemporaryFolder()
        try withExtendedLifetime(folder) { try body(folder.path) }
    }

    /// A checkpoint becomes a folder that the other commands load.
    @Test func importsWhatForwardAndInspectRead() throws {
        try withFolder { folder in
            try "{\"norm_num_groups\": 2}".write(toFile: folder + "/groups.json", atomically: true, encoding: .utf8)
            let model = folder + "/model"
            let run = try PhantomCommand(
                "import", Self.fixtures + "/guided_heads/model.pth", "--output", model, "--heads", "2", "--attention-order", "new", "--size", "16",
                "--config", folder + "/groups.json")
            #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
            #expect(run.output == """
                \(model): guided-diffusion UNet, 11885 parameters
                Taken: 146 tensors of model.pth, below module.
                Assumed:
                  training steps 1000 (--training-steps says otherwise)
                  noise schedule {"num_train_timesteps":1000,"beta_start":0.0001,"beta_end":0.02,"beta_schedule":"linear","prediction_type":"epsilon","clip_sample":true,"variance_type":"fixed_large"} (--scheduler says otherwise)
                  value_range [-1,1] (--manifest says otherwise)
                attention_head_dim differs by level: diffusers' UNet2DModel cannot load this folder

                """)
            let forward = try PhantomCommand(
                "forward", "--model", model, "--input", Self.fixtures + "/guided_heads/golden.safetensors", "--output", folder + "/out.safetensors")
            #expect(forward.status == 0, "\(forward.errors)")
            let inspect = try PhantomCommand("inspect", "--model", model, "--lint")
            #expect(inspect.status == 0 && inspect.output.contains("attention_head_dim       2, 4"), "\(inspect.output)")
            // Not a second time into the same folder.
            let again = try PhantomCommand("import", Self.fixtures + "/ho_pooling/model.ckpt", "--output", model, "--config", folder + "/groups.json")
            #expect(again.status == 1 && again.errors == "Error: \(model): expected a new or an empty folder, got one with files in it\n")
        }
    }

    /// Failures exit with 1 and one line, wrong usage with 64; nothing is left behind.
    @Test func failuresExitWith1AndUsageWith64() throws {
        try withFolder { folder in
            let missing = try PhantomCommand("import", Self.fixtures + "/guided_heads/model.pth", "--output", folder + "/model")
            #expect(missing.status == 1 && missing.errors.contains("expected --heads or --head-dim"))
            // Weights fit, but the configuration the user gave does not: told before anything is written.
            try "{\"norm_num_groups\": 3}".write(toFile: folder + "/groups.json", atomically: true, encoding: .utf8)
            let unfit = try PhantomCommand(
                "import", Self.fixtures + "/ho_pooling/model.ckpt", "--output", folder + "/model", "--config", folder + "/groups.json")
            #expect(unfit.status == 1 && unfit.errors == "Error: /block_out_channels/0: expected a multiple of norm_num_groups (3), got 4\n")
            #expect(!FileManager.default.fileExists(atPath: folder + "/model"))
            let pickle = folder + "/evil.pt"
            try Data([0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E, 0x63] + Array("os\nsystem\n.".utf8)).write(
                to: URL(fileURLWithPath: pickle))
            let evil = try PhantomCommand("import", pickle, "--output", folder + "/model")
            #expect(evil.status == 1 && evil.errors.contains("expected torch's protocol 1001, got an object of os.system"), "\(evil.errors)")
            #expect(try PhantomCommand("import", pickle).status == 64)
            #expect(try PhantomCommand("import", pickle, "--output", "x", "--heads", "2", "--head-dim", "8").status == 64)
            #expect(try PhantomCommand("import", pickle, "--output", "x", "--attention-order", "other").status == 64)
        }
    }
}
