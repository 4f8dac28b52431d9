import Diffusion
import Imaging
import JSON
import Jobs
import Networks
import Tensors

/// Makes the images of jobs: the worker pool's engine over trajectories and networks.
package final class DiffusionRunner: TrajectoryEngine {
    /// A job, understood.
    package final class Plan: EnginePlan {
        let model: ServedModel
        /// What searches the images among those of training; nil where nothing does.
        let watch: CopyWatch?
        /// The recipes of its images, all of one size.
        package let series: RecipeSeries
        /// What its images have in common.
        let run: Run
        /// Of a verification: what is compared with.
        let file: SyntheticFile?
        /// Rows that are evaluated together at most, so that activations stay within the budget and large images do not
        /// wait for each other. Bits do not depend on it.
        package let rowsTogether: Int

        init(
            _ series: RecipeSeries, run: Run, file: SyntheticFile?, model: (ServedModel, CopyWatch?), settings: Settings
        ) {
            (self.series, self.run, self.file) = (series, run, file)
            (self.model, watch) = model
            rowsTogether = self.model.rowsTogether(
                maxBatch: settings.maxBatch, width: run.recipe.width, height: run.recipe.height,
                threads: settings.threadsPerWorker, budget: settings.memoryPerWorker)
        }

        package var rows: Int { run.work.rowsPerEvaluation }

        /// Whether even one image's evaluation takes long.
        package var isLarge: Bool { UNet.isLarge(width: run.recipe.width, height: run.recipe.height) }

        package var batchKey: BatchKey {
            BatchKey(model: ObjectIdentifier(model), width: run.recipe.width, height: run.recipe.height)
        }
    }

    package struct Image: EngineTrajectory {
        let plan: Plan
        var trajectory: Diffusion.Trajectory
    }

    package struct BatchKey: Hashable, Sendable {
        /// Not its name: two models may have it one after the other.
        let model: ObjectIdentifier
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

    private let shelf: ModelShelf
    private var settings: Settings { shelf.settings }

    init(_ shelf: ModelShelf) { self.shelf = shelf }

    /// - Parameter watches: by the names of the models whose images are searched among those of training.
    package convenience init(models: [ServedModel], watches: [String: CopyWatch] = [:], settings: Settings) {
        let versions = models.map { model in
            ModelShelf.Version(
                reference: .init(name: model.facts.name, path: ""), model: model, watch: watches[model.facts.name],
                fingerprint: model.facts.generation.weightsSHA256)
        }
        self.init(ModelShelf(versions, settings: settings))
    }

    /// Called on the worker's own thread, whose priority its helpers inherit: polls and probes go before computing.
    package func makeWorker(_ index: Int) throws -> Compute {
        Platform.lowerPriorityOfThisThread()
        return Compute(threads: settings.threadsPerWorker)
    }

    package func plan(_ lease: JobLease) throws -> Plan {
        let job = lease.job
        let accepted = try lease.run.map { try AcceptedRun($0) }
        guard let version = shelf.find(job.model, definition: accepted?.modelDefinition.description) else {
            throw JobFailure(detail: "The model \(job.model.name) is not loaded any more.")
        }
        let model = version.model
        guard model.facts.generation.weightsSHA256.hexadecimal == job.model.weightsSHA256 else {
            throw JobFailure(
                detail: "The model \(job.model.name) has other weights than when the job was accepted: "
                    + "expected \(job.model.weightsSHA256), got \(model.facts.generation.weightsSHA256).")
        }
        let pictures = try RestorationInputs(lease.inputs)
        let series = try series(accepted, lease, pictures, model: model.facts)
        guard series.count == job.progress.images else {
            throw JobFailure(
                detail:
                    """
                    The store says that the job has \(job.progress.images) images, its recipes are \
                    \(series.count).
                    """
            )
        }
        try model.facts.check(series.first)
        let run = try Run(series.first, inputs: pictures)
        return Plan(
            series, run: run, file: try file(lease), model: (model, version.watch), settings: settings)
    }

    /// What a verification compares with.
    private func file(_ lease: JobLease) throws -> SyntheticFile? {
        guard lease.job.kind == VerificationJob.kind else { return nil }
        guard let file = lease.inputs.first(where: { $0.name == "file" }) else {
            throw JobFailure(detail: "The file to verify is missing.")
        }
        return try SyntheticFile(file.bytes, pixels: Recipe.maximumCount)
    }

    /// The recipes that were accepted.
    private func series(
        _ accepted: AcceptedRun?, _ lease: JobLease, _ pictures: RestorationInputs?, model: ModelFacts
    ) throws -> RecipeSeries {
        guard let run = accepted else { return try seriesOfRequest(lease.job, pictures, model: model) }
        guard run.modelDefinition == model.definition else {
            throw JobFailure(
                detail:
                    """
                    The model \(model.name) was changed after the job was accepted (unet/config.json, or \
                    value_range or 
                    """
                        + """
                        low_resolution in phantom.json): expected the definition \(run.modelDefinition), got \
                        \(model.definition).
                        """
            )
        }
        return run.series
    }

    /// What a job of version 0.1.0 asks for: it has stored its request only, from which the recipes followed when it
    /// ran.
    private func seriesOfRequest(_ job: Job, _ pictures: RestorationInputs?, model: ModelFacts) throws -> RecipeSeries {
        let request = try JSONReader().read(job.request)
        if job.kind == VerificationJob.kind {
            return try RecipeSeries(first: VerificationJob.recipe(of: request), count: 1)
        }
        guard let kind = Recipe.Kind(rawValue: job.kind) else {
            throw JobFailure(detail: "There are no jobs of the kind \(job.kind) in this version.")
        }
        return try GenerationRequest(stored: request, kind: kind, inputs: pictures, model: model).series(for: model)
    }

    package func begin(_ plan: Plan, image: Int, saved: [UInt8]?) throws -> Image {
        let seed = plan.series.seed(of: image)
        let trajectory =
            try saved.map { try Diffusion.Trajectory(serialized: $0, of: plan.run, seed: seed) }
            ?? Diffusion.Trajectory(plan.run, seed: seed)
        return Image(plan: plan, trajectory: trajectory)
    }

    package func step(_ batch: inout [Image], on worker: inout Compute, isWanted: @escaping @Sendable () -> Bool) throws
    {
        guard let plan = batch.first?.plan else { return }
        worker.isWanted = isWanted
        defer { worker.isWanted = nil }
        var trajectories = batch.map(\.trajectory)
        try TrajectoryStepper(NetworkPredictor(network: plan.model.network, compute: worker)).step(&trajectories)
        for place in batch.indices { batch[place].trajectory = trajectories[place] }
    }

    package func rest(_ worker: inout Compute, isLast: Bool) {
        worker.rest()
        if isLast {
            for version in shelf.all { version.model.network.giveBackMadeWeights() }
        }
        Platform.giveBackFreeMemory()
    }

    package func problem(for error: any Error, job: Job) -> [UInt8] {
        let problem =
            switch error {
            case let refusal as RequestRefusal: Problem(.jobFailed, refusal.detail, errors: refusal.faults)
            case let failure as JobFailure: Problem(.jobFailed, failure.detail)
            case let error as WorkerPoolError: Problem(.jobFailed, "\(error)")
            case let error as InvalidSetting: Problem(.jobFailed, "\(error)")
            case let error as JSONMismatch:
                Problem(.jobFailed, "What the store has of the job cannot be read: \(error)")
            case let error as JSONSyntaxError:
                Problem(.jobFailed, "What the store has of the job cannot be read: \(error)")
            case let error as UNetError: Problem(.jobFailed, "\(error)")
            case let error as TrajectoryArchiveError: Problem(.jobFailed, "\(error)")
            // What else it may be stands in the log.
            default: Problem(.jobFailed, "The image could not be computed.")
            }
        return problem.document(instance: JobPath.job(job.id)).serialized()
    }
}

extension DiffusionRunner.Image {
    package var isFinished: Bool { trajectory.finished }

    package var step: Int { trajectory.progress.done }

    package var rowsOfNextStep: Int { trajectory.rowsOfNextEvaluation }

    package func saved() throws -> [UInt8] { trajectory.serialized() }

    package func output() throws -> ImageOutput {
        let recipe = trajectory.recipe
        let picture = try SyntheticImage.picture(of: trajectory, valueRange: plan.model.facts.valueRange)
        let png = try SyntheticImage.encode(picture, recipe: recipe)
        var report =
            try plan.file.map { try $0.compare(withMade: png.bytes).json }
            ?? trajectory.consistency(of: picture.samples)?.json
        let finding = try plan.watch?.look(at: picture)
        if let finding {
            var object = report ?? JSONObject()
            object[JobDocument.copyKey] = .object(finding.json)
            report = object
        }
        let isWithheld = finding?.isWithheld == true
        let traits = ImageTraits(
            seed: String(recipe.seed),
            format: .init(width: recipe.width, height: recipe.height, bitDepth: recipe.bitDepth),
            sha256: isWithheld ? "" : png.sha256, mediaType: isWithheld ? CopyWatch.mediaType : "image/png",
            report: report?.serialized())
        return ImageOutput(traits, bytes: isWithheld ? [] : png.bytes)
    }
}

/// Why a job cannot be run here.
struct JobFailure: Error, Sendable {
    let detail: String
}
