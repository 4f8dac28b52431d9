import Diffusion
import JSON
import Jobs
import Tensors

/// Makes the images of jobs: the worker pool's engine over trajectories and networks.
final class DiffusionRunner: TrajectoryEngine {
    /// A job, understood.
    final class Plan: Sendable {
        let model: ServedModel
        let planned: PlannedGeneration
        /// Images that are evaluated together at most, so that activations stay within the budget. Bits do not depend on it.
        let imagesPerEvaluation: Int

        init(model: ServedModel, planned: PlannedGeneration, imagesPerEvaluation: Int) {
            self.model = model
            self.planned = planned
            self.imagesPerEvaluation = imagesPerEvaluation
        }
    }

    struct Image: Sendable {
        let plan: Plan
        var trajectory: Diffusion.Trajectory
    }

    struct BatchKey: Hashable, Sendable {
        let model: String
        let width: Int, height: Int
    }

    struct Settings: Sendable {
        var threadsPerWorker: Int
        /// Rows of one evaluation.
        var maxBatch: Int
        /// Bytes of activations of one worker.
        var memoryPerWorker: Int
    }

    private let models: [String: ServedModel]
    private let settings: Settings
    /// Reads what was accepted once: the limits of the day of acceptance held then, and those of today do not matter.
    private let validator: GenerationValidator

    init(models: [ServedModel], settings: Settings) {
        self.models = Dictionary(models.map { ($0.facts.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.settings = settings
        validator = GenerationValidator(
            models: models.map(\.facts), limits: RequestLimits(count: .max, steps: .max, pixels: .max, memoryBytes: .max),
            memory: { _ in 0 })
    }

    /// Called on the worker's own thread, whose priority its helpers inherit: polls and probes go before computing.
    func makeWorker(_ index: Int) throws -> Compute {
        Platform.lowerPriorityOfThisThread()
        return Compute(threads: settings.threadsPerWorker)
    }

    func plan(_ job: Job, inputs: [JobInput]) throws -> Plan {
        guard let model = models[job.model.name] else {
            throw JobFailure(detail: "The model \(job.model.name) is not loaded any more.")
        }
        guard model.facts.generation.weightsSHA256 == job.model.weightsSHA256 else {
            throw JobFailure(
                detail: "The model \(job.model.name) has other weights than when the job was accepted: "
                    + "expected \(job.model.weightsSHA256), got \(model.facts.generation.weightsSHA256).")
        }
        let planned = try self.planned(job, inputs)
        let size = planned.recipes[0]
        var images = max(1, settings.maxBatch / planned.rows)
        while images > 1,
            model.memory(rows: images * planned.rows, width: size.width, height: size.height) > settings.memoryPerWorker
        {
            images /= 2
        }
        return Plan(model: model, planned: planned, imagesPerEvaluation: images)
    }

    private func planned(_ job: Job, _ inputs: [JobInput]) throws -> PlannedGeneration {
        let request = try JSONReader().read(job.request)
        guard let kind = Recipe.Kind(rawValue: job.kind) else {
            throw JobFailure(detail: "There are no jobs of the kind \(job.kind) in this version.")
        }
        return try validator.validate(request, kind: kind, inputs: RestorationInputs(inputs))
    }

    func batchKey(of plan: Plan) -> BatchKey {
        BatchKey(model: plan.model.facts.name, width: plan.planned.request.width, height: plan.planned.request.height)
    }

    func rows(of plan: Plan) -> Int { plan.planned.rows }

    func begin(_ plan: Plan, image: Int, saved: [UInt8]?) throws -> Image {
        let recipe = plan.planned.recipes[image]
        let inputs = plan.planned.request.restoration?.inputs
        let trajectory =
            try saved.map { try Diffusion.Trajectory(serialized: $0, expecting: recipe, inputs: inputs) }
            ?? Diffusion.Trajectory(recipe: recipe, inputs: inputs)
        return Image(plan: plan, trajectory: trajectory)
    }

    func step(_ batch: inout [Image], on worker: inout Compute) throws {
        guard let plan = batch.first?.plan else { return }
        let denoiser = Denoiser(NetworkPredictor(network: plan.model.network, compute: worker))
        // Of all jobs in the batch the most modest decides.
        let together = batch.reduce(Int.max) { min($0, $1.plan.imagesPerEvaluation) }
        for start in stride(from: 0, to: batch.count, by: together) {
            let range = start..<min(batch.count, start + together)
            var trajectories = batch[range].map(\.trajectory)
            try denoiser.step(&trajectories)
            for (place, trajectory) in zip(range, trajectories) { batch[place].trajectory = trajectory }
        }
    }

    func isFinished(_ image: Image) -> Bool { image.trajectory.finished }

    func step(of image: Image) -> Int { image.trajectory.progress.done }

    func save(_ image: Image) throws -> [UInt8] { image.trajectory.serialized() }

    func finish(_ image: Image, plan: Plan, image index: Int) throws -> ImageOutput {
        let recipe = image.trajectory.recipe
        let png = try SyntheticImage.encode(image.trajectory, valueRange: plan.model.facts.valueRange)
        return ImageOutput(
            seed: String(recipe.seed), width: recipe.width, height: recipe.height, bitDepth: recipe.bitDepth,
            sha256: png.sha256, mediaType: "image/png", bytes: png.bytes)
    }

    func problem(for error: any Error, job: Job) -> [UInt8] {
        let problem =
            switch error {
            case let problem as Problem: Problem(.jobFailed, problem.detail, errors: problem.errors)
            case let failure as JobFailure: Problem(.jobFailed, failure.detail)
            case let error as WorkerPoolError: Problem(.jobFailed, "\(error)")
            case let error as InvalidSetting: Problem(.jobFailed, "\(error)")
            case let error as TrajectoryArchiveError: Problem(.jobFailed, "\(error)")
            // What else it may be stands in the log.
            default: Problem(.jobFailed, "The image could not be computed.")
            }
        return problem.document(instance: JobDocument.path(of: job.id)).serialized()
    }
}

/// Why a job cannot be run here.
struct JobFailure: Error, Sendable {
    let detail: String
}
