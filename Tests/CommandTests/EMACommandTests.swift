import Checkpoints
import Foundation
import TestSupport
import Testing

/// What a trained model says of itself, by `phantom train` and by `phantom ema`.
@Suite("phantom ema")
struct EMACommandTests {
    /// The folder says how it came to be; half precision takes half the bytes, and rounds each weight to the nearest.
    @Test func aModelSaysHowItWasTrained() throws {
        let training = try SmallTraining()
        #expect(try PhantomCommand("train", "--config", training.settings).status == 0)
        func made(_ name: String, width: Double, _ options: [String]) throws -> ModelFolder {
            let path = "\(training.run)/\(name)"
            let ema = try PhantomCommand(
                ["ema", "--run", training.run, "--width", "\(width)", "--output", path] + options, environment: [:])
            #expect(ema.status == 0, "\(ema.errors)")
            return try ModelFolder(path: path)
        }
        // Of a width that is not kept: the snapshots themselves are of half precision.
        let whole = try made("whole", width: 0.2, [])
        let half = try made("half", width: 0.2, ["--half", "--modality", "slopes"])
        for (model, width) in [(whole, 0.2), (half, 0.2), (try ModelFolder(path: "\(training.run)/model"), 0.1)] {
            let summary = try #require(model.manifest?.training)
            #expect(summary.settings.hexadecimal == (try training.digest("train.json")))
            #expect(summary.images == 64 && summary.averageWidth == width)
        }
        #expect(half.manifest?.modality == "slopes" && whole.manifest?.modality == nil)
        let floats = (try whole.weights.floats("conv_in.weight", shape: [8, 1, 3, 3]),
                      try half.weights.floats("conv_in.weight", shape: [8, 1, 3, 3]))
        #expect(floats.0.map { Float(Float16($0)) } == floats.1 && floats.0 != floats.1)
    }

    /// `phantom ema` writes how the model is sampled; every command that makes images takes it from there.
    @Test func aModelSaysHowItIsSampled() throws {
        let training = try SmallTraining()
        #expect(try PhantomCommand("train", "--config", training.settings).status == 0)
        func ema(_ options: [String]) throws -> PhantomCommand {
            try PhantomCommand(
                ["ema", "--run", training.run, "--width", "0.1", "--output", "\(training.run)/other"] + options,
                environment: [:])
        }
        let refused = try ema(["--sampler", "heun", "--steps", "1001"])
        #expect(refused.status == 1 && refused.errors.hasPrefix("Error: --steps: expected at most 1000"), "\(refused.errors)")
        #expect(!FileManager.default.fileExists(atPath: "\(training.run)/other"))
        // A folder of other things stays as it is; that of a model is replaced.
        let wrong = try PhantomCommand(
            "ema", "--run", training.run, "--width", "0.1", "--output", "\(training.run)/averages")
        #expect(wrong.status == 1 && wrong.errors.contains("expected a new or empty folder, or that of a model"), "\(wrong.errors)")
        #expect(!FileManager.default.fileExists(atPath: "\(training.run)/averages/model_index.json"))
        #expect(try ema([]).status == 0)
        let nothing = try PhantomCommand("copies", "audit", "--run", "\(training.run)/none")
        #expect(nothing.status == 1 && nothing.errors.contains("/none: expected the folder of a run"), "\(nothing.errors)")
        let audit = try PhantomCommand("copies", "audit", "--run", training.run, "--output", "/proc/nope")
        #expect(audit.status == 1 && audit.output.isEmpty, "\(audit.output) \(audit.errors)")
        let made = try ema(["--sampler", "heun", "--steps", "3", "--guidance", "1.5"])
        #expect(made.status == 0, "\(made.errors)")
        let model = "\(training.run)/other", folder = try ModelFolder(path: model)
        #expect(folder.manifest?.sampling == ["sampler": "heun", "steps": 3, "guidance": 1.5])
        let inspect = try PhantomCommand("inspect", "--model", model, "--lint")
        #expect(inspect.status == 0 && inspect.output.contains("guidance 1.5, sampler heun, steps 3"), "\(inspect.output)")

        // The same images, whether the fields are named or left out; those of another sampler are others.
        func digests(_ options: [String], as name: String) throws -> [Substring] {
            let output = "\(training.run)/\(name)"
            let command = try PhantomCommand(
                ["generate", "--model", model, "--output", output, "--seed", "5", "--condition", "class=bright"] + options,
                environment: [:])
            #expect(command.status == 0, "\(command.errors)")
            let lines = try String(contentsOfFile: "\(output)/manifest.csv", encoding: .utf8).split(whereSeparator: \.isNewline)
            return lines.dropFirst().compactMap { $0.split(separator: ",").last }
        }
        let left = try digests([], as: "left")
        #expect(try digests(["--sampler", "heun", "--steps", "3", "--guidance", "1.5"], as: "named") == left)
        #expect(try digests(["--sampler", "euler", "--steps", "3"], as: "others") != left)

        // A labelled set says by what it was made, so that it is not gone on with by something else.
        let set = "\(training.run)/set"
        func augment() throws -> PhantomCommand {
            try PhantomCommand("augment", "--model", model, "--output", set, "--per-condition", "1", "--no-reject-copies")
        }
        #expect(try augment().status == 0)
        let plan = try String(contentsOfFile: "\(set)/augment.json", encoding: .utf8)
        #expect(plan.contains("\"heun\"") && plan.contains("\"guidance\": 1.5"), "\(plan)")
        let path = "\(model)/phantom.json", manifest = try String(contentsOfFile: path, encoding: .utf8)
        try manifest.replacingOccurrences(of: "\"steps\": 3", with: "\"steps\": 4").write(
            toFile: path, atomically: true, encoding: .utf8)
        let other = try augment()
        #expect(other.status == 1 && other.errors.contains("augment.json"), "\(other.errors)")

        // A folder whose defaults cannot be is refused by file, place, what is expected and what is there.
        try manifest.replacingOccurrences(of: "\"steps\": 3", with: "\"steps\": 3000").write(
            toFile: path, atomically: true, encoding: .utf8)
        let told = "\(path): /sampling/steps: expected at most 1000, the training steps of the model, got 3000"
        let unmade = try PhantomCommand("generate", "--model", model, "--output", "\(training.run)/none")
        #expect(unmade.status == 1 && unmade.errors.contains(told), "\(unmade.errors)")
        let linted = try PhantomCommand("inspect", "--model", model, "--lint")
        #expect(linted.status == 1 && linted.output.contains(told), "\(linted.output)")
    }
}
