import Bytes
import Checkpoints
import Foundation
import Images
import JSON
import TestSupport
import Testing

@testable import Training

/// Runs from the settings in their train.json to the weights that they begin with.
@Suite struct StartingTests {
    private let folder: TemporaryFolder

    /// 24 pictures of 8 x 8 pixels, each another slope.
    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: "\(folder.path)/images", withIntermediateDirectories: true)
        for number in 0..<24 {
            let samples = (0..<64).map { UInt16(40 + number * 3 + $0 * (1 + number % 2)) }
            let image = try PixelImage(width: 8, height: 8, channels: 1, bitDepth: 8, samples: samples)
            try Data(try PNGEncoder.encode(image).bytes).write(to: picture(number))
        }
    }

    private func picture(_ number: Int) -> URL { URL(filePath: "\(folder.path)/images/\(10 + number).png") }

    private func settings(_ name: String, onError: String = "stop") -> TrainingSettings {
        let dataset: JSONObject = [
            "kind": "folder", "path": .string("\(folder.path)/images"), "attributes": [], "on_error": .string(onError),
        ]
        var settings = TrainingSettings(output: "\(folder.path)/\(name)", images: 16, dataset: dataset)
        (settings.batch, settings.microBatch, settings.size) = (8, 8, 8)
        settings.model = ["block_out_channels": [8, 16], "norm_num_groups": 4, "attn_norm_num_groups": 4]
        return settings
    }

    /// A model folder of recognisable weights.
    private func model() throws -> (path: String, weights: [Float]) {
        let start = try RunStart(settings("base"), RunStart.Manner()), path = "\(folder.path)/model"
        let weights = (0..<start.network.parameters.elementCount).map { Float($0 % 100) / 100 }
        let training = TrainingSummary(command: "phantom train", settings: Digest(of: ""), images: 0, averageWidth: nil)
        try ModelExport(plan: start.plan, parameters: start.network.parameters).write(weights, training: training, to: path)
        return (path, weights)
    }

    /// train.json is written at once, the first state much later: until then a run that goes on begins as it began.
    @Test func aRunEndedBeforeItsFirstStateBeginsWithTheSameWeights() throws {
        let (model, weights) = try model()
        var settings = settings("run")
        settings.start = model
        let first = try RunStart(settings, RunStart.Manner()), run = RunFolder(settings.output)
        #expect(try first.initialWeights() == weights)
        try run.prepare()
        try run.write(first.plan.settings)
        var manner = RunStart.Manner()
        manner.resumes = true
        #expect(try RunStart(settings, manner).initialWeights() == weights)
        #expect(try RunStart(first.plan.settings, manner).initialWeights() == weights)
        // Without these weights it would be another run,
        var other = settings
        other.start = nil
        let error = #expect(throws: TrainingError.self) { try RunStart(other, manner) }
        #expect(error?.place == "train.json: /init" && error?.expected.contains(model) == true)
        // until there is a state: then they are not asked for any more.
        let saved = SavedState(
            path: run.stateFile, digest: first.plan.digest, elements: weights.count,
            averages: settings.averages.count)
        try saved.write(TrainingState(weights: weights, averages: settings.averages.count))
        try FileManager.default.removeItem(atPath: model)
        #expect(try RunStart(other, manner).plan.digest == first.plan.digest)
        #expect(try RunStart(settings, manner).plan.digest == first.plan.digest)
    }

    /// A run without `init` that was ended as early goes on as well, and takes no weights that it did not begin with.
    @Test func aRunOfRandomWeightsTakesNoOthers() throws {
        var settings = settings("run")
        let first = try RunStart(settings, RunStart.Manner()), run = RunFolder(settings.output)
        try run.prepare()
        try run.write(first.plan.settings)
        var manner = RunStart.Manner()
        manner.resumes = true
        #expect(try RunStart(settings, manner).initialWeights() == first.initialWeights())
        settings.start = try model().path
        let error = #expect(throws: TrainingError.self) { try RunStart(settings, manner) }
        #expect(error?.place == "train.json: /init" && error?.expected == "nothing, as the run began")
    }

    /// A size or a part of a batch that only the system would end, by killing the run.
    @Test func activationsBeyondTheMachineAreRefused() throws {
        var settings = settings("large"), manner = RunStart.Manner()
        settings.size = 32
        let network = try RunStart(settings, manner).network, weights = network.parameters.elementCount * 48
        for together in [8, 1] {
            settings.microBatch = together
            let need = try network.cost(batch: together, height: 32, width: 32, threads: manner.threads).bytes
            manner.machine = need + weights
            #expect(throws: Never.self) { try RunStart(settings, manner) }
            manner.machine -= 1
            let error = #expect(throws: TrainingError.self) { try RunStart(settings, manner) }
            #expect(error?.place == (together > 1 ? "micro_batch" : "size"), "\(String(describing: error))")
        }
    }

    /// Whether a run is in grey or in colours is seen by its first picture that can be read.
    @Test func aFirstPictureThatCannotBeReadIsLeftOutWhereSuchAre() throws {
        try Data("no PNG".utf8).write(to: picture(0))
        #expect(throws: (any Error).self) { try RunStart(settings("strict"), RunStart.Manner()) }
        let start = try RunStart(settings("lenient", onError: "skip"), RunStart.Manner())
        #expect(start.training.channels == 1 && start.training.skipped.map(\.index) == [0])
        #expect(start.training.count + (start.heldOut?.count ?? 0) == 23)
    }
}
