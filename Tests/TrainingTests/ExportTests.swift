import Checkpoints
import Networks
import Tensors
import TestSupport
import Testing

@testable import Training

/// The parameters of a real UNet, without its arithmetic.
private final class ParametersOnly: GradientSource {
    let parameters: ParameterSet

    init(_ configuration: UNetConfiguration) throws {
        let weights = Weights { _, shape in [Float](repeating: 0, count: shape.reduce(1, *)) }
        parameters = try UNet(configuration: configuration, weights: weights).parameters
    }

    func load(_ values: [Float]) {}

    func accumulate(
        _ rows: [TrainingRow], size: (height: Int, width: Int), compute: Compute, into gradients: inout [Float],
        outputGradient: ([[Float]]) throws -> [[Float]]
    ) throws {
        _ = try outputGradient(rows.map(\.sample))
    }

    func evaluate(_ rows: [TrainingRow], height: Int, width: Int, compute: Compute) -> [[Float]] { rows.map(\.sample) }
}

@Suite struct ExportTests {
    /// The folder of a run loads as the ordinary network that it is: no rows of augmentation, classes by their names.
    @Test func theModelFolderLoads() throws {
        let folder = try TemporaryFolder()
        var run = TinyRun(folder.path, images: 8)
        run.settings.augmentation.nonLeaky = .init()
        let plan = try run.plan()
        let source = try ParametersOnly(plan.network.configuration)
        #expect(source.parameters["class_embedding.weight"]?.shape == [12, 32])
        let means = Trainer.Means(
            images: RunImages(training: run.images), source: source, compute: Compute(threads: 1))
        let trainer = try Trainer(plan, means: means) {
            (0..<source.parameters.elementCount).map { Float($0 % 1000) / 1000 }
        }
        #expect(try trainer.run() == .complete)
        let model = try ModelFolder(path: trainer.folder.model)
        let network = try UNet(folder: model)
        #expect(network.configuration.classEmbedding == .table(rows: 3) && model.warnings.isEmpty)
        #expect(model.schedulerClass == "DDPMScheduler")
        #expect(model.schedulerConfiguration["beta_schedule"] == "squaredcos_cap_v2")
        let manifest = try #require(model.manifest)
        #expect(manifest.nullClass == 2 && manifest.row(of: "bright", in: "brightness") == 1 && manifest.channels == 1)
        // No gradient has come; AdamW's decay alone has moved the weights.
        let table = try model.weights.floats("class_embedding.weight", shape: [3, 32])
        let first = try #require(source.parameters["class_embedding.weight"]?.start)
        #expect((table[95] - Float((first + 95) % 1000) / 1000).magnitude < 1e-4)
    }

    /// An unlabelled set with augmentation: a table in training, none in the folder.
    @Test func anUnconditionalRunHasNoTable() throws {
        let folder = try TemporaryFolder()
        var run = TinyRun(folder.path)
        run.images.attributes = []
        run.settings.augmentation.nonLeaky = .init()
        let plan = try run.plan().network
        #expect(plan.exported["num_class_embeds"] == nil && plan.trained["num_class_embeds"] == 9)
        #expect(try run.trainer().run() == .complete)
        let model = try ModelFolder(path: RunFolder(folder.path).model)
        #expect(!model.weights.contains("class_embedding.weight") && model.manifest?.attributes.isEmpty == true)
    }

    /// An average of a width that the run has kept comes out as it was kept.
    @Test func averagesAreMadeOfSnapshots() throws {
        let folder = try TemporaryFolder()
        let run = TinyRun(folder.path)
        let trainer = try run.trainer()
        #expect(try trainer.run() == .complete)
        let other = "\(folder.path)/made"
        let model = try PostHocModel(run: folder.path)
        #expect(model.step == 12)
        try model.write(width: 0.10, to: other)
        let made = try ModelFolder(path: other).weights
        for parameter in [("scale.weight", [1], 0), ("class_embedding.weight", [3, 1], 3)] {
            for (place, value) in try made.floats(parameter.0, shape: parameter.1).enumerated() {
                #expect((value - trainer.state.averages[1][parameter.2 + place]).magnitude < 1e-3)
            }
        }
        #expect(throws: TrainingError.self) { try model.write(width: 0.5, to: other) }
        #expect(model.steps.last == 12 && model.steps.count > 1)
        try model.write(width: 0.10, stage: model.steps[0], to: other)
        let earlier = try ModelFolder(path: other).weights
        #expect(try earlier.floats("scale.weight", shape: [1]) != made.floats("scale.weight", shape: [1]))
        #expect(throws: TrainingError.self) { try model.write(width: 0.10, stage: 1000, to: other) }
        #expect(throws: TrainingError.self) { try PostHocModel(run: other) }
    }
}
