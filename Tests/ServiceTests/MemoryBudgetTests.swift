import Imaging
import JSON
import Jobs
import JobsSQLite
import Tensors
import Testing

@testable import Service

/// What is counted before an image is accepted, and what is given back after.
@Suite struct MemoryBudgetTests {
    @Test func weightsComeFirstAndWorkersShareTheRest() throws {
        let checkpoint = try SmallCheckpoint()
        let models = try ["a", "b"].map { try ServedModel.load(path: checkpoint.path, name: $0) }
        let layout = WorkerLayout(workers: 1, threads: 2, maxBatch: 8), shared = WorkerLayout(workers: 3, threads: 2, maxBatch: 8)
        let one = MemoryBudget(total: 1 << 30, models: [models[0]], layout)
        let two = MemoryBudget(total: 1 << 30, models: models, shared)
        #expect(one.weights == models[0].weightBytes && one.weights > 4 * models[0].facts.parameters)
        #expect(two.weights == 2 * one.weights)
        #expect(one.beside == two.beside && one.beside > 0)
        #expect(MemoryBudget.process + one.weights + one.beside + one.perWorker == 1 << 30)
        #expect(MemoryBudget.process + two.weights + two.beside + 3 * two.perWorker <= 1 << 30)
        let indexed = MemoryBudget(total: 1 << 30, models: models, indexes: 3 << 20, shared)
        #expect(indexed.perWorker == two.perWorker - (1 << 20))
        for total in [0, 1, one.weights, MemoryBudget.process + one.weights + one.beside] {
            #expect(MemoryBudget(total: total, models: [models[0]], layout).perWorker == 0)
        }
    }

    /// The activations and the scratch of all threads are those that are held; the images come on top.
    @Test(arguments: [1, 2, 8]) func theEstimateCoversWhatIsHeld(threads: Int) throws {
        let checkpoint = try SmallCheckpoint()
        let model = try ServedModel.load(path: checkpoint.path), compute = Compute(threads: threads)
        let lease = try Self.lease(of: model, count: 3, size: 64)
        let runner = DiffusionRunner(models: [model], settings: .init(threadsPerWorker: threads, maxBatch: 8, memoryPerWorker: 1 << 30))
        let plan = try runner.plan(lease)
        #expect(plan.rowsTogether == 8 && !plan.isLarge)
        var images = try (0..<3).map { try runner.begin(plan, image: $0, saved: nil) }
        var worker = compute
        try runner.step(&images, on: &worker, isWanted: { true })
        let estimate = model.memory(rows: 3, width: 64, height: 64, threads: threads)
        #expect(compute.memory < estimate && estimate < compute.memory + 3 * 64 * 64 * 4 * 32)
        runner.rest(&worker, isLast: true)
        #expect(compute.memory == 0)
        try runner.step(&images, on: &worker, isWanted: { true })
        #expect(images[0].step == 2)
        // Left, not failed, and the images are as they were.
        #expect(throws: EvaluationAbandoned()) { try runner.step(&images, on: &worker, isWanted: { false }) }
        #expect(images[0].step == 2)
    }

    @Test func whatDoesNotFitIsEvaluatedInParts() throws {
        let checkpoint = try SmallCheckpoint()
        let model = try ServedModel.load(path: checkpoint.path)
        func together(_ memory: Int, size: Int = 64) throws -> Int {
            let runner = DiffusionRunner(models: [model], settings: .init(threadsPerWorker: 2, maxBatch: 8, memoryPerWorker: memory))
            return try runner.plan(Self.lease(of: model, count: 1, size: size)).rowsTogether
        }
        #expect(try together(model.memory(rows: 8, width: 64, height: 64, threads: 2)) == 8)
        #expect(try together(model.memory(rows: 8, width: 64, height: 64, threads: 2) - 1) == 4)
        #expect(try together(0) == 1)
        #expect(try together(1 << 40, size: 512) == 1, "large images gain nothing from each other")
    }

    private static func lease(of model: ServedModel, count: Int, size: Int) throws -> JobLease {
        let store = try SQLiteJobStore(inMemory: .init())
        let request: JSONObject = [
            "count": .integer(count), "steps": 9, "width": .integer(size), "height": .integer(size), "seed": "1", "sampler": "ddim",
        ]
        let limits = RequestLimits(count: 100, steps: 100, pixels: 1 << 20, memoryBytes: .max)
        let plan = try GenerationValidator(models: [model.facts], limits: limits) { _, _, _, _ in 0 }.validate(.object(request))
        let reference = ModelReference(name: model.facts.name, weightsSHA256: model.facts.generation.weightsSHA256.hexadecimal)
        _ = try store.insert(
            NewJob(
                kind: "generation", model: reference, request: request.serialized(), run: plan.planned.accepted.canonical,
                work: PlannedWork(images: count, steps: 9, callsPerImage: 9)), queueLimit: 1)
        return try #require(try store.lease(limit: 1).first)
    }
}
