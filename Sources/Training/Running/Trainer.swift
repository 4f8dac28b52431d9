import Checkpoints
import JSON
import Tensors

/// A run: steps until its images are done, its state saved at intervals, its model written.
public final class Trainer {
    public let plan: RunPlan
    public let folder: RunFolder
    public let state: TrainingState
    private let means: Means
    private let step: TrainingStep
    private let saved: SavedState
    private let snapshots: Snapshots
    private let export: ModelExport
    private let record: RunRecord
    private let watch: TrainingWatch
    private var overfitting: OverfittingWatch

    /// What a run trains with.
    public struct Means {
        public var images: RunImages
        public var source: any GradientSource
        public var compute: Compute

        public init(images: RunImages, source: any GradientSource, compute: Compute) {
            (self.images, self.source, self.compute) = (images, source, compute)
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
        (self.plan, self.watch, self.means) = (plan, watch, means)
        folder = RunFolder(plan.settings.output)
        try folder.prepare()
        let elements = means.source.parameters.elementCount
        saved = SavedState(
            path: folder.stateFile, digest: plan.digest, elements: elements, averages: plan.settings.averages.count)
        if let state = try saved.read(of: plan.settings) {
            self.state = state
        } else {
            let weights = try initial()
            guard weights.count == elements else {
                throw TrainingError("init", expected: "\(elements) weights", got: "\(weights.count)")
            }
            try folder.write(plan.settings)
            state = TrainingState(weights: weights, averages: plan.settings.averages.count)
        }
        record = try RunRecord(folder, state: state)
        step = TrainingStep(plan, images: means.images.training, source: means.source, compute: means.compute)
        export = ModelExport(plan: plan, parameters: means.source.parameters)
        snapshots = Snapshots(folder: folder.averages, export: export)
        overfitting = OverfittingWatch(plan.settings.stop)
    }

    /// Runs to the end, or until it is not wanted any more.
    /// - Throws: `TrainingError` where loss or gradients are not finite, or what saving throws; the last saved state
    ///   stays.
    public func run() throws -> End {
        let settings = plan.settings, clock = ContinuousClock()
        try means.source.load(state.weights)
        while state.images < settings.images {
            guard watch.isWanted() else {
                try save()
                return .interrupted
            }
            let before = state.images, start = clock.now
            let outcome = try step(state)
            try means.source.load(state.weights)
            let seconds = (clock.now - start) / .seconds(1)
            watch.step(outcome, seconds)
            try record.note(outcome, seconds: seconds, epoch: epochs)
            if snapshots.isDue(step: state.steps) { try snapshots.write(state) }
            if let reason = try look(since: before) {
                try save()
                return .stopped(reason)
            }
            if state.images < settings.images, isDue(settings.checkpointEvery, since: before) { try save() }
        }
        try save()
        return .complete
    }

    /// Times that every image has been seen.
    private var epochs: Double { Double(state.images) / Double(means.images.training.count) }

    private func isDue(_ interval: Int, since before: Int) -> Bool {
        interval > 0 && (state.images / interval > before / interval || state.images >= plan.settings.images)
    }

    /// Writes the state, then the model of the last average and the curves.
    private func save() throws {
        try saved.write(state)
        let training = try folder.summary(
            plan.settings, step: state.steps, width: plan.settings.averages.lastWidth)
        try export.write(averaged, training: training, to: folder.model)
        try record.plot()
    }

    private var averaged: [Float] { state.averages[state.averages.count - 1] }

    /// Validation and samples with the averaged weights, where they are due; why the run is to end, if it is.
    private func look(since before: Int) throws -> String? {
        let settings = plan.settings
        let validates = isDue(settings.validateEvery, since: before),
            samples = isDue(settings.sampleEvery, since: before)
        var gap: Double?
        if validates || samples {
            try means.source.load(averaged)
            if validates { gap = try validate() }
            if samples { try sample() }
            try means.source.load(state.weights)
        }
        if let warning = overfitting.warning(gap: gap, epochs: epochs) { watch.note(warning) }
        return overfitting.end(gap: gap, epochs: epochs)
    }

    /// Held-out bits over training bits; nil where nothing is held out.
    private func validate() throws -> Double? {
        let validation = Validation(plan: plan, images: means.images)
        let (training, heldOut) = try validation(means.source, means.compute)
        let gap = heldOut.map { $0.bits - training.bits }
        var object: JSONObject = [
            "step": .integer(state.steps), "images": .integer(state.images), "epoch": .double(epochs),
            "validation_training_bits": .double(training.bits),
        ]
        object["validation_held_out_bits"] = heldOut.map { .double($0.bits) }
        object["validation_gap"] = gap.map { .double($0) }
        object["log_snr"] = .array(Validation.levels.map { .double($0) })
        object["training_errors"] = .array(training.errors.map { .double($0) })
        object["held_out_errors"] = heldOut.map { .array($0.errors.map { .double($0) }) }
        try record.write(object)
        return gap
    }

    private func sample() throws {
        let grid = SampleGrid(plan: plan, images: means.images.heldOut ?? means.images.training)
        try record.write(
            samples: try grid.picture(means.source, means.compute), provenance: grid.provenance(images: state.images),
            state: state)
    }
}
