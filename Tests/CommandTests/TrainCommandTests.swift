import Bytes
import Checkpoints
import Foundation
import Images
import TestSupport
import Testing

/// A small data set, a small network, and the folder that its run is written to.
private struct SmallTraining {
    private let temporary: TemporaryFolder
    var run: String { "\(temporary.path)/run" }
    var settings: String { "\(temporary.path)/train.json" }

    /// Slopes of 16 x 16 pixels, half of them bright.
    init(images: Int = 64, extra: String = "") throws {
        temporary = try TemporaryFolder()
        for (kind, base) in [("dark", 20), ("bright", 100)] {
            let place = temporary.url.appending(path: "images/\(kind)")
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            for number in 0..<24 {
                let samples = (0..<256).map { UInt16(base + 3 * ($0 % 16) + 2 * ($0 / 16) * (number % 4)) }
                let image = try PixelImage(width: 16, height: 16, channels: 1, bitDepth: 8, samples: samples)
                let png = try PNGEncoder.encode(image)
                try Data(png.bytes).write(to: place.appendingPathComponent("\(kind)\(number).png"))
            }
        }
        try write(images: images, extra: extra)
    }

    func write(images: Int, extra: String = "") throws {
        let text = """
            {"output": "\(run)", "dataset": {"kind": "folder", "path": "\(temporary.path)/images"}, "images": \(images),
             "size": 16, "batch": 8, "micro_batch": 4, "model": {"block_out_channels": [8, 16], "norm_num_groups": 4,
             "attn_norm_num_groups": 4}, "optimizer": {"warmup": 2}, "averages": {"widths": [0.05, 0.1], "snapshots": 4},
             "checkpoint_every": 16, "validate_every": 0, "sample_every": 0\(extra)}
            """
        try text.write(toFile: settings, atomically: true, encoding: .utf8)
    }

    func digest(_ file: String) throws -> String {
        Digest(of: Array(try Data(contentsOf: URL(filePath: "\(run)/\(file)")))).hexadecimal
    }

}

@Suite("phantom train")
struct TrainCommandTests {
    /// From a folder of pictures to a model that generates, and to another average of it.
    @Test func aFolderOfPicturesBecomesAModel() throws {
        let training = try SmallTraining(extra: #", "augment": {"label_safe": true, "non_leaky": true}"#)
        let run = try PhantomCommand("train", "--config", training.settings)
        #expect(run.status == 0, "\(run.errors)")
        let inspect = try PhantomCommand("inspect", "--model", "\(training.run)/model", "--lint")
        #expect(inspect.status == 0, "\(inspect.output) \(inspect.errors)")
        for model in ["\(training.run)/model", "\(training.run)/other"] {
            if model.hasSuffix("other") {
                let ema = try PhantomCommand(
                    "ema", "--run", training.run, "--width", "0.2", "--output", model, "--half", "--name", "slopes",
                    "--licence", "CC0")
                #expect(ema.status == 0, "\(ema.errors)")
            }
            let made = try PhantomCommand(
                "generate", "--model", model, "--output", "\(model)-images", "--steps", "2", "--condition",
                "class=bright")
            #expect(made.status == 0, "\(made.errors)")
        }
    }

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
        for (options, message) in [
            (["--steps", "3"], "--sampler: expected the one that steps is for, got nothing"),
            (["--sampler", "heun", "--steps", "1001"], "--steps: expected at most 1000"),
        ] {
            let refused = try ema(options)
            #expect(refused.status == 1 && refused.errors.hasPrefix("Error: \(message)"), "\(refused.errors)")
        }
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
        let refused = try PhantomCommand("generate", "--model", model, "--output", "\(training.run)/none")
        #expect(refused.status == 1 && refused.errors.contains(told), "\(refused.errors)")
        let linted = try PhantomCommand("inspect", "--model", model, "--lint")
        #expect(linted.status == 1 && linted.output.contains(told), "\(linted.output)")
    }

    /// What was trained is judged by what was held out, and the averages of the run are compared.
    @Test func aRunIsJudged() throws {
        let training = try SmallTraining()
        #expect(try PhantomCommand("train", "--config", training.settings).status == 0)
        func evaluate(_ arguments: [String], to output: String) throws -> [String: Any] {
            let command = try PhantomCommand(
                ["evaluate", "--real", training.settings, "--train", training.settings, "--count", "6", "--steps", "2"]
                    + arguments + ["--output", output], environment: [:])
            #expect(command.status == 0, "\(command.errors)")
            #expect(FileManager.default.fileExists(atPath: "\(output)/report.html"))
            return try #require(JSONSerialization.jsonObject(with: Data(command.output.utf8)) as? [String: Any])
        }
        let output = "\(training.run)/judged"
        let report = try evaluate(["--model", "\(training.run)/model"], to: output)
        let conditions = try #require((report["model"] as? [String: Any])?["conditions"] as? [[String: Any]])
        #expect(conditions.compactMap { $0["images"] as? Int } == [3, 3])
        let labels = try #require(report["labels"] as? [String: [String: Any]])
        #expect((labels["class"]?["trained_on"] as? Int ?? 0) > 30)
        // What is not noted as made is made again, to the same bytes.
        let made = "\(output)/images", names = try FileManager.default.contentsOfDirectory(atPath: made)
        let folder = "\(made)/\(try #require(names.first { $0.hasPrefix("01-") }))"
        let image = try Data(contentsOf: URL(filePath: "\(folder)/00000.png"))
        let log = try String(contentsOfFile: "\(made)/attempts.csv", encoding: .utf8).split(separator: "\n")
        let kept = log.filter { !$0.hasPrefix("1,") }
        #expect(kept.count == log.count - 3)
        try (kept.joined(separator: "\n") + "\n").write(toFile: "\(made)/attempts.csv", atomically: true, encoding: .utf8)
        try FileManager.default.removeItem(atPath: folder)
        _ = try evaluate(["--model", "\(training.run)/model"], to: output)
        #expect(try Data(contentsOf: URL(filePath: "\(folder)/00000.png")) == image)
        let run = try evaluate(["--run", training.run], to: "\(training.run)/compared")
        let compared = try #require(run["run"] as? [String: Any])
        #expect((compared["candidates"] as? [[String: Any]])?.count ?? 0 > 5)
        #expect((compared["best"] as? [String: Any])?["width"] is Double)
    }

    /// Killed at the moments of its first and third saved state, and ended by Ctrl-C: the same bits as unbroken, on
    /// other threads and another tier of kernels.
    @Test func aKilledRunEndsInTheSameBits() throws {
        let (whole, broken) = (try SmallTraining(images: 320), try SmallTraining(images: 320))
        #expect(try PhantomCommand("train", "--config", whole.settings).status == 0)
        for (index, signal) in [SIGKILL, SIGKILL, SIGINT].enumerated() {
            let threads = 1 + index % 2
            try broken.write(images: 320, extra: ", \"threads\": \(threads)")
            let command = try ChildProcess(
                ChildProcess.sibling("phantom"), ["train", "--config", broken.settings, "--resume"],
                environment: index == 1 ? ["CKERNELS_TIER": "generic"] : [:])
            let state = "\(broken.run)/state/training.safetensors"
            let before = Self.changed(state)
            while command.isRunning, Self.changed(state) == before { usleep(2000) }
            command.signal(signal)
            let status = command.exitStatus(within: 60)
            if signal == SIGINT { #expect(status == 0) }
        }
        let last = try PhantomCommand("train", "--config", broken.settings, "--resume")
        #expect(last.status == 0, "\(last.errors)")
        for file in ["state/training.safetensors", "model/unet/diffusion_pytorch_model.safetensors"] {
            #expect(try whole.digest(file) == broken.digest(file))
        }
    }

    private static func changed(_ file: String) -> Date? {
        try? FileManager.default.attributesOfItem(atPath: file)[.modificationDate] as? Date
    }

    /// The plan writes nothing.
    @Test func thePlanIsTold() throws {
        let training = try SmallTraining()
        let plan = try PhantomCommand("train", "--config", training.settings, "--plan")
        #expect(plan.status == 0, "\(plan.errors)")
        for word in ["parameters", "GFLOP", "MiB", "images/s", "epochs"] { #expect(plan.output.contains(word)) }
        #expect(!FileManager.default.fileExists(atPath: training.run))
    }

    @Test func whatIsWrongIsToldWithItsPlace() throws {
        let training = try SmallTraining(images: 16)
        #expect(try PhantomCommand("train", "--config", training.settings).status == 0)
        let again = try PhantomCommand("train", "--config", training.settings)
        #expect(again.status == 1 && again.errors.contains("--resume"))
        try training.write(images: 16, extra: #", "seed": 5"#)
        let other = try PhantomCommand("train", "--config", training.settings, "--resume")
        #expect(other.status == 1 && other.errors.contains("/seed"), "\(other.errors)")
        try training.write(images: 16, extra: #", "learning_rate": 1"#)
        let unknown = try PhantomCommand("train", "--config", training.settings)
        #expect(unknown.status == 1 && unknown.errors.contains("/learning_rate"), "\(unknown.errors)")
        #expect(try PhantomCommand("train").status == 64)
    }

    /// A file of settings is named as it was given, whatever its name.
    @Test func theFileOfTheSettingsIsNamedAsGiven() throws {
        let training = try SmallTraining(images: 16)
        #expect(try PhantomCommand("train", "--config", training.settings).status == 0)
        let file = training.settings.replacing("train.json", with: "kind.json")
        let text = try String(contentsOfFile: training.settings, encoding: .utf8)
        for (changed, options, complaint) in [
            (text.replacing(#""folder""#, with: #""folders""#), [], "/dataset/kind: expected one of folder, "),
            (text.replacing(#""size": 16"#, with: #""size": 16, "seed": 5"#), ["--resume"], "/seed: expected "),
        ] {
            try changed.write(toFile: file, atomically: true, encoding: .utf8)
            let run = try PhantomCommand(["train", "--config", file] + (options.isEmpty ? ["--plan"] : options), environment: [:])
            #expect(run.status == 1 && run.errors.contains("\(file): \(complaint)"), "\(run.errors)")
        }
    }
}
