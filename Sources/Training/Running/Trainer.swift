import Checkpoints
import Tensors

/// A run: steps until its images are done, its state saved at intervals, its model written.
public final class Trainer {
    public let plan: RunPlan
    public let folder: RunFolder
    public let state: TrainingState
    private let source: any GradientSource
    private let step: TrainingStep
    private let saved: SavedState
    private let snapshots: Snapshots
    private let export: ModelExport
    private let watch: TrainingWatch

    /// What a run trains with.
    public struct Means {
        public var training: any TrainingImages
        public var heldOut: (any TrainingImages)?
        public var source: any GradientSource
        public var compute: Compute

        public init(
            training: any TrainingImages, heldOut: (any TrainingImages)?, source: any GradientSource, compute: Compute
        ) {
            (self.training, self.heldOut, self.source, self.compute) = (training, heldOut, source, compute)
        }
    }

    /// How a run ended.
    public enum End: Sendable, Equatable {
        /// All images were seen.
        case complete
        /// Nobody wanted it any more; it can be resumed.
        case interrupted
        /// A condition of `stop` was met: which.
        case stopped(String)
    }

    /// Begins a run, or goes on with the one whose state lies in the folder.
    /// - Parameter initial: the first weights, flat; asked only where no state was saved.
    /// - Throws: `CheckpointError` or `TrainingError` for a folder that cannot be written or holds another run.
    public init(
        _ plan: RunPlan, means: Means, watch: TrainingWatch = TrainingWatch(), initial: () throws -> [Float]
    ) throws {
        (self.plan, self.watch, source) = (plan, watch, means.source)
        folder = RunFolder(plan.settings.output)
        try folder.prepare()
        let elements = means.source.parameters.elementCount
        saved = SavedState(
            path: folder.stateFile, digest: plan.digest, elements: elements, averages: plan.settings.averages.count)
        if let state = try saved.read() {
            self.state = state
        } else {
            try folder.write(plan.settings)
            state = TrainingState(weights: try initial(), averages: plan.settings.averages.count)
        }
        step = TrainingStep(plan, images: means.training, source: means.source, compute: means.compute)
        snapshots = Snapshots(folder: folder.averages, plan: plan)
        export = ModelExport(plan: plan, parameters: means.source.parameters)
    }

    /// Runs to the end, or until it is not wanted any more.
    /// - Throws: `TrainingError` where loss or gradients are not finite, or what saving throws; the last saved state
    ///   stays.
    public func run() throws -> End {
        let settings = plan.settings, clock = ContinuousClock()
        source.load(state.weights)
        while state.images < settings.images {
            guard watch.isWanted() else {
                try save()
                return .interrupted
            }
            let before = state.images, start = clock.now
            let outcome = try step(state)
            source.load(state.weights)
            watch.step(outcome, (clock.now - start) / .seconds(1))
            if snapshots.isDue(step: state.steps) { try snapshots.write(state) }
            if isDue(every: settings.checkpointEvery, since: before) { try save() }
        }
        try save()
        return .complete
    }

    private func isDue(every interval: Int, since before: Int) -> Bool {
        interval > 0 && state.images / interval > before / interval
    }

    /// Writes the state, then the model of the last average.
    private func save() throws {
        try saved.write(state)
        try export.write(state.averages[state.averages.count - 1], to: folder.model)
    }
}
