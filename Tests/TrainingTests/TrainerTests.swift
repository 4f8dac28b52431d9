import Bytes
import Checkpoints
import Foundation
import JSON
import TestSupport
import Testing

@testable import Training

@Suite struct TrainerTests {
    @Test func theLossFalls() throws {
        let folder = try TemporaryFolder()
        var run = TinyRun(folder.path, images: 4000)
        run.settings.optimiser.rate = 0.02
        var (watch, losses) = (TrainingWatch(), [Double]())
        watch.step = { outcome, _ in losses.append(outcome.loss) }
        #expect(try run.trainer(watch: watch).run() == .complete)
        #expect(losses.count == 500)
        let (first, last) = (losses.prefix(50).reduce(0, +), losses.suffix(50).reduce(0, +))
        #expect(last < 0.8 * first)
    }

    /// Interrupted twice and resumed on other threads: weights, moments' consequences and averages to the bit.
    @Test func aResumedRunIsTheUnbrokenOne() throws {
        let (whole, parts) = (try TemporaryFolder(), try TemporaryFolder())
        let unbroken = try TinyRun(whole.path).trainer()
        #expect(try unbroken.run() == .complete)
        let run = TinyRun(parts.path)
        #expect(try run.trainer(watch: TinyRun.watch(steps: 3)).run() == .interrupted)
        #expect(try run.trainer(threads: 2, watch: TinyRun.watch(steps: 5)).run() == .interrupted)
        let last = try run.trainer()
        #expect(last.state.images == 64)
        #expect(try last.run() == .complete)
        #expect(last.state.weights == unbroken.state.weights && last.state.averages == unbroken.state.averages)
        for name in ["state/training.safetensors", "model/unet/diffusion_pytorch_model.safetensors"] {
            let (one, other) = ("\(whole.path)/\(name)", "\(parts.path)/\(name)")
            #expect(FileManager.default.contentsEqual(atPath: one, andPath: other))
        }
        let snapshots = try FileManager.default.contentsOfDirectory(atPath: "\(parts.path)/averages").sorted()
        #expect(snapshots == ["000000003", "000000006", "000000009", "000000012"].map { "\($0).safetensors" })
    }

    /// A run that is gone on with as it may be, on other threads, tells in its models the settings that lie in its folder:
    /// those that it began with.
    @Test func aResumedRunTellsTheSettingsItBeganWith() throws {
        let folder = try TemporaryFolder()
        var run = TinyRun(folder.path)
        #expect(try run.trainer(watch: TinyRun.watch(steps: 3)).run() == .interrupted)
        let file = URL(filePath: RunFolder(folder.path).settingsFile), began = try Data(contentsOf: file)
        (run.settings.threads, run.settings.checkpointEvery) = (2, 16)
        #expect(try run.trainer(threads: 2).run() == .complete)
        #expect(try Data(contentsOf: file) == began)
        let made = "\(folder.path)/made"
        try PostHocModel(run: folder.path).write(width: 0.05, to: made)
        for (model, width) in [(RunFolder(folder.path).model, 0.10), (made, 0.05)] {
            let told = try #require(try ModelFolder(path: model).manifest?.training)
            #expect(told.settings == Digest(of: [UInt8](began)))
            #expect(told.images == 96 && told.averageWidth == width)
        }
    }

    /// Whatever changes these bits raises `TrainingSettings.currentArithmetic`, and writes down the new ones.
    @Test func theBitsAreThoseOfTheArithmeticVersion() throws {
        let folder = try TemporaryFolder()
        let trainer = try TinyRun(folder.path).trainer()
        _ = try trainer.run()
        let digest = ArithmeticBits.digest(trainer.state.weights), expected = try ArithmeticBits.expected("run")
        #expect(digest == expected)
    }

    /// A run of a program whose steps have other bits is not gone on with.
    @Test func aRunOfAnotherArithmeticIsRefused() throws {
        let folder = try TemporaryFolder()
        let run = TinyRun(folder.path)
        var stored = try run.plan().settings
        for version in [nil, 99] {
            stored.arithmetic = version
            let error = #expect(throws: TrainingError.self) { try run.plan(stored: stored) }
            #expect(error?.place == "arithmetic" && error?.got == version.map { "\($0)" } ?? "none")
        }
    }

    @Test func partsOfABatchAddUp() throws {
        let (whole, parts) = (try TemporaryFolder(), try TemporaryFolder())
        let one = try TinyRun(whole.path).trainer()
        _ = try one.run()
        var run = TinyRun(parts.path)
        run.settings.microBatch = 3
        let other = try run.trainer()
        _ = try other.run()
        #expect(one.state.weights == other.state.weights)
    }

    /// A state belongs to the settings that it was made with.
    @Test func aStateOfOtherSettingsIsRefused() throws {
        let folder = try TemporaryFolder()
        var run = TinyRun(folder.path)
        #expect(try run.trainer(watch: TinyRun.watch(steps: 1)).run() == .interrupted)
        run.settings.optimiser.rate = 1e-3
        let error = #expect(throws: TrainingError.self) { try run.trainer() }
        #expect(error?.place == "train.json: /optimizer/rate")
        run.settings.optimiser.rate = 3e-4
        run.images.digest = String(repeating: "cd", count: 32)
        #expect(throws: TrainingError.self) { try run.trainer() }
        // Past the folder's train.json the state itself says whose it is.
        try FileManager.default.removeItem(atPath: "\(folder.path)/train.json")
        let other = #expect(throws: TrainingError.self) { try run.trainer() }
        #expect(other?.place == RunFolder(folder.path).stateFile)
    }

    @Test func whatIsNotFiniteIsNamedAndChangesNothing() throws {
        let folder = try TemporaryFolder()
        var run = TinyRun(folder.path)
        run.images.spoilt = 13
        run.settings.loss = .plain
        let trainer = try run.trainer()
        let error = #expect(throws: TrainingError.self) { try trainer.run() }
        let text = error?.description ?? ""
        for part in ["step ", "scale.weight", "image-13.png"] { #expect(text.contains(part)) }
        let isFinite = trainer.state.weights.allSatisfy { $0.isFinite }
        #expect(isFinite)
    }

    /// A disk that takes no more leaves the state of before: here a folder stands where the new file's part would be.
    @Test func aStateThatCannotBeWrittenLeavesTheOldOne() throws {
        let folder = try TemporaryFolder()
        let run = TinyRun(folder.path)
        #expect(try run.trainer(watch: TinyRun.watch(steps: 1)).run() == .interrupted)
        let file = "\(folder.path)/state/training.safetensors"
        let before = try Data(contentsOf: URL(filePath: file))
        let nowhere = "\(folder.path)/none/training.safetensors"
        let full = SavedState(path: nowhere, digest: .init(of: ""), elements: 0, averages: 0)
        #expect(throws: (any Error).self) { try full.write(TrainingState(weights: [], averages: 0)) }
        #expect(try Data(contentsOf: URL(filePath: file)) == before)
    }

    /// What files of a run say of themselves is held against the run: of numbers beyond it more would be made, or nothing.
    @Test(arguments: [
        ("steps", "9223372036854775807"), ("steps", "13"), ("steps", "11"), ("images", "9223372036854775807"), ("images", "0"),
    ])
    func statesAndSnapshotsBeyondTheRunAreRefused(_ name: String, _ number: String) throws {
        let folder = try TemporaryFolder()
        let run = TinyRun(folder.path)
        #expect(try run.trainer().run() == .complete)
        func spoil(_ path: String) throws {
            let file = try SafetensorsFile(path: path)
            var metadata = file.metadata, tensors: [String: SafetensorsWriter.Tensor] = [:]
            metadata[name] = number
            for entry in file.tensors {
                tensors[entry.name] = .init(shape: entry.shape, floats: try file.floats(entry.name))
            }
            try SafetensorsWriter(metadata: metadata).write(tensors, to: path)
        }
        try spoil(RunFolder(folder.path).stateFile)
        let error = #expect(throws: CheckpointError.self) { try run.trainer() }
        #expect(error?.expected == "at most 12 steps of 8 images each", "\(String(describing: error))")
        guard name == "steps", number != "11" else { return }
        try spoil("\(folder.path)/averages/000000012.safetensors")
        #expect(throws: TrainingError.self) { try PostHocModel(run: folder.path) }
    }

    @Test func damagedStatesAreRefused() throws {
        let folder = try TemporaryFolder()
        let run = TinyRun(folder.path)
        #expect(try run.trainer(watch: TinyRun.watch(steps: 1)).run() == .interrupted)
        let file = URL(filePath: "\(folder.path)/state/training.safetensors")
        try Data(contentsOf: file).dropLast(4).write(to: file)
        #expect(throws: (any Error).self) { try run.trainer() }
    }
}
