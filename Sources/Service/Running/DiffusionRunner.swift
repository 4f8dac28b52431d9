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

    let shelf: ModelShelf
    var settings: Settings { shelf.settings }

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
