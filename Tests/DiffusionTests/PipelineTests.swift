import Checkpoints
import Diffusion
import FoundationEssentials
import JSON
import Networks
import Tensors
import Testing

/// The model that ships with Phantom against diffusers' own UNet and schedulers, the noise being torch's.
struct PipelineTests {
    private struct Model {
        let unet: UNet
        let generation: Generation.Model

        init() throws {
            let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            let folder = try ModelFolder(path: root.appending(path: "Models/cxr64").path())
            unet = try UNet(configuration: UNetConfiguration(json: folder.unetConfiguration), weights: folder.weights)
            let scheduler = try SchedulerConfiguration(json: folder.schedulerConfiguration)
            generation = Generation.Model(weightsSHA256: try folder.weightsSHA256, scheduler: scheduler, channels: 1)
        }
    }

    private func recipe(_ golden: JSONValue, _ model: Generation.Model) throws -> Recipe {
        var generation = Generation()
        generation.sampler = try #require(golden["sampler"]?.string.flatMap { SamplerKind(rawValue: $0) })
        generation.steps = try #require(golden["steps"]?.number?.int)
        generation.seed = try #require(golden["seed"]?.number?.uint64)
        generation.eta = try #require(golden["eta"]?.number?.double)
        generation.guidance = try #require(golden["guidance"]?.number?.double)
        let label = try #require(golden["label"]?.number?.int)
        generation.condition = Condition(input: .rows([label]), null: .rows([4]))
        generation.noise = .torch
        generation.samplerOptions.spacing = .model
        return try generation.series(for: model).first
    }

    private func pixels(_ golden: JSONValue) throws -> [Int] {
        let digits = Array(try #require(golden["pixels"]?.string).utf8)
        return try stride(from: 0, to: digits.count, by: 4).map { start in
            try #require(Int(String(decoding: digits[start..<(start + 4)], as: UTF8.self), radix: 16))
        }
    }

    /// All four in one batch. A grey level of 8 bits is 257 of these steps.
    @Test func imagesAreThoseOfDiffusers() throws {
        let model = try Model()
        let goldens = try Fixture.cases("pipeline.json")
        var batch = try goldens.map { try Trajectory(recipe: recipe($0, model.generation)) }
        let stepper = TrajectoryStepper(NetworkPredictor(network: model.unet, compute: Compute(threads: 2)))
        while batch.contains(where: { !$0.finished }) { try stepper.step(&batch) }
        for (golden, trajectory) in zip(goldens, batch) {
            let got = try trajectory.image().map { Int((min(max($0 / 2 + 0.5, 0), 1) * 65535).rounded(.toNearestOrEven)) }
            let expected = try pixels(golden)
            let differences = zip(got, expected).map { abs($0 - $1) }
            #expect((differences.max() ?? .max) <= 1, "\(trajectory.recipe.sampler) \(trajectory.recipe.guidance)")
            #expect(Set(expected).count > 1000, "a golden of some contrast")
        }
    }

    /// Alone on one thread, and beside others on two: the same bits of real network and samplers together.
    @Test func batchAndThreadsChangeNoBit() throws {
        let model = try Model()
        let recipes = try Fixture.cases("pipeline.json").map { golden in
            var recipe = try recipe(golden, model.generation)
            (recipe.noise, recipe.steps) = (.philox, 4)
            return recipe
        }
        let alone = TrajectoryStepper(NetworkPredictor(network: model.unet, compute: Compute(threads: 1)))
        let shared = TrajectoryStepper(NetworkPredictor(network: model.unet, compute: Compute(threads: 2)))
        var batch = try recipes.map { try Trajectory(recipe: $0) }
        while batch.contains(where: { !$0.finished }) { try shared.step(&batch) }
        for (recipe, trajectory) in zip(recipes, batch) {
            let single = try alone.run(Trajectory(recipe: recipe))
            #expect(single.latent.map(\.bitPattern) == trajectory.latent.map(\.bitPattern))
        }
    }
}
