import Diffusion
import JSON
import Jobs
import Networks
import Tensors

/// Makes the images of jobs: the worker pool's engine over trajectories and networks.
package final class DiffusionRunner: TrajectoryEngine {
    /// A job, understood.
    package final class Plan: Sendable {
        let model: ServedModel
        /// One for each image, all of one size.
        package let recipes: [Recipe]
        /// The pixels that the recipes name by hash; nil for a generation.
        let inputs: RestorationInputs?
        /// Rows of the network's batch that one evaluation of one image takes.
        let rows: Int
        /// Of a verification: what is compared with.
        let file: SyntheticFile?
        /// Images that are evaluated together at most, so that activations stay within the budget. Bits do not depend on it.
        let imagesPerEvaluation: Int

        init(model: ServedModel, task: Task, settings: Settings) {
            self.model = model
            (recipes, inputs, rows, file) = (task.recipes, task.inputs, task.rows, task.file)
            imagesPerEvaluation = model.imagesTogether(
                maxBatch: settings.maxBatch, rows: task.rows, recipe: task.recipes[0], budget: settings.memoryPerWorker)
        }
    }

    /// What a job asks for, whatever its kind.
    struct Task {
        let recipes: [Recipe]
        let inputs: RestorationInputs?
        let rows: Int
        var file: SyntheticFile?
    }

    package struct Image: Sendable {
        let plan: Plan
        var trajectory: Diffusion.Trajectory
    }

    package struct BatchKey: Hashable, Sendable {
        let model: String
        let width: Int, height: Int
    }

    package struct Settings: Sendable {
        var threadsPerWorker: Int
        /// Rows of one evaluation.
        var maxBatch: Int
        /// Bytes of activations of one worker.
        var memoryPerWorker: Int

        package init(threadsPerWorker: Int, maxBatch: Int, memoryPerWorker: Int) {
            (self.threadsPerWorker, self.maxBatch, self.memoryPerWorker) = (threadsPerWorker, maxBatch, memoryPerWorker)
        }
    }

    private let models: [String: ServedModel]
    private let settings: Settings
    /// Reads what was accepted once: the limits of the day of acceptance held then, and those of today do not matter.
    private let validator: GenerationValidator

    package init(models: [ServedModel], settings: Settings) {
        self.models = Dictionary(models.map { ($0.facts.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.settings = settings
        validator = GenerationValidator(
            models: models.map(\.facts), limits: .largest(memoryBytes: .max), origin: .store,
            memory: { _, _, _, _ in 0 })
    }

    /// Called on the worker's own thread, whose priority its helpers inherit: polls and probes go before computing.
    package func makeWorker(_ index: Int) throws -> Compute {
        Platform.lowerPriorityOfThisThread()
        return Compute(threads: settings.threadsPerWorker)
    }

    package func plan(_ job: Job, inputs: [JobInput]) throws -> Plan {
        guard let model = models[job.model.name] else {
            throw JobFailure(detail: "The model \(job.model.name) is not loaded any more.")
        }
        guard model.facts.generation.weightsSHA256 == job.model.weightsSHA256 else {
            throw JobFailure(
                detail: "The model \(job.model.name) has other weights than when the job was accepted: "
                    + "expected \(job.model.weightsSHA256), got \(model.facts.generation.weightsSHA256).")
        }
        let task = try task(job, inputs: inputs, model: model.facts)
        guard task.recipes.count == job.progress.images else {
            throw JobFailure(detail: "The store says that the job has \(job.progress.images) images, its request has \(task.recipes.count).")
        }
        return Plan(model: model, task: task, settings: settings)
    }

    private func task(_ job: Job, inputs: [JobInput], model: ModelFacts) throws -> Task {
        let request = try JSONReader().read(job.request)
        let pictures = try RestorationInputs(inputs)
        if job.kind == PlannedVerification.kind {
            guard let file = inputs.first(where: { $0.name == "file" }) else { throw JobFailure(detail: "The file to verify is missing.") }
            let plan = try PlannedVerification(PlannedVerification.recipe(of: request), model: model, inputs: pictures)
            return Task(
                recipes: [plan.recipe], inputs: pictures, rows: plan.rows, file: try SyntheticFile(file.bytes, pixels: Recipe.maximumCount))
        }
        guard let kind = Recipe.Kind(rawValue: job.kind) else {
            throw JobFailure(detail: "There are no jobs of the kind \(job.kind) in this version.")
        }
        let planned = try validator.validate(request, kind: kind, inputs: pictures)
        return Task(recipes: planned.recipes, inputs: pictures, rows: planned.rows)
    }

    package func batchKey(of plan: Plan) -> BatchKey {
        BatchKey(model: plan.model.facts.name, width: plan.recipes[0].width, height: plan.recipes[0].height)
    }

    package func rows(of plan: Plan) -> Int { plan.rows }

    package func rowsOfNextStep(_ image: Image, plan: Plan) -> Int { image.trajectory.rowsOfNextEvaluation }

    package func begin(_ plan: Plan, image: Int, saved: [UInt8]?) throws -> Image {
        let recipe = plan.recipes[image]
        let trajectory =
            try saved.map { try Diffusion.Trajectory(serialized: $0, expecting: recipe, inputs: plan.inputs) }
            ?? Diffusion.Trajectory(recipe: recipe, inputs: plan.inputs)
        return Image(plan: plan, trajectory: trajectory)
    }

    package func step(_ batch: inout [Image], on worker: inout Compute) throws {
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

    package func isFinished(_ image: Image) -> Bool { image.trajectory.finished }

    package func step(of image: Image) -> Int { image.trajectory.progress.done }

    package func save(_ image: Image) throws -> [UInt8] { image.trajectory.serialized() }

    package func finish(_ image: Image, plan: Plan, image index: Int) throws -> ImageOutput {
        let recipe = image.trajectory.recipe
        let picture = try SyntheticImage.picture(of: image.trajectory, valueRange: plan.model.facts.valueRange)
        let png = try SyntheticImage.encode(picture, recipe: recipe)
        let report =
            try plan.file.map { try $0.compare(withMade: png.bytes).json }
            ?? image.trajectory.consistency(of: picture.samples)?.json
        return ImageOutput(
            seed: String(recipe.seed), width: recipe.width, height: recipe.height, bitDepth: recipe.bitDepth,
            sha256: png.sha256, mediaType: "image/png", bytes: png.bytes, report: report?.serialized())
    }

    package func problem(for error: any Error, job: Job) -> [UInt8] {
        let problem =
            switch error {
            case let problem as Problem: Problem(.jobFailed, problem.detail, errors: problem.errors)
            case let failure as JobFailure: Problem(.jobFailed, failure.detail)
            case let error as WorkerPoolError: Problem(.jobFailed, "\(error)")
            case let error as InvalidSetting: Problem(.jobFailed, "\(error)")
            case let error as UNetError: Problem(.jobFailed, "\(error)")
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
