import Foundation
import TestSupport
import Testing

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
