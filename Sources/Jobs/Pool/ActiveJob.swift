/// One leased job in the worker pool, or a part of one: its images, each somewhere between not begun and finished.
package struct ActiveJob<Engine: TrajectoryEngine> {
    /// One image of the job.
    package struct Slot {
        /// nil until some worker begins the image: a job of a hundred images holds latents only for those being
        /// stepped.
        var trajectory: Engine.Trajectory?
        package var saved: [UInt8]?
        var step = 0
        package var calls: Int64 = 0
        /// Whether a worker steps it now. The trajectory here is then the one before that step, so that it can be saved
        /// meanwhile and retried when the step fails.
        var isCheckedOut = false
        var output: ImageOutput?
        var isFinished = false
        /// Whether the store has this state.
        var isSaved = true
    }

    let lease: JobLease
    package let plan: Engine.Plan
    let key: Engine.Plan.BatchKey
    /// Rows of the network's batch that one step of one image takes at most.
    let rows: Int
    /// Rows of the network's batch that gain by being stepped together.
    let rowsTogether: Int
    /// Whether one step of one image takes so long that others must not wait for it.
    let isLarge: Bool
    /// The images that are leased, in their order.
    package private(set) var slots: [Slot]
    /// The index of the first of them.
    private let firstImage: Int
    private var firstUnfinished = 0
    private var computeNanoseconds: Int64
    /// Counts the changes of `usage` under this lease.
    private(set) var revision: Int64 = 0
    /// True once nothing is left but writing down how it ended.
    var isEnding = false
    /// Whether this attempt has saved progress.
    var hasSaved = false
    private var hasBegun = false

    var id: JobID { lease.job.id }

    package init(lease: JobLease, plan: Engine.Plan) {
        self.lease = lease
        self.plan = plan
        key = plan.batchKey
        rows = max(1, plan.rows)
        rowsTogether = max(1, plan.rowsTogether)
        isLarge = plan.isLarge
        let job = lease.job
        computeNanoseconds = lease.usage.computeNanoseconds
        firstImage = lease.images.lowerBound
        slots = lease.images.map { index in
            if let calls = lease.finished[index] {
                return Slot(step: job.progress.steps, calls: calls, isFinished: true)
            }
            guard let saved = lease.saved[index] else { return Slot() }
            return Slot(saved: saved.bytes, step: saved.step, calls: saved.calls)
        }
        skipFinished()
    }

    package var usage: JobUsage {
        JobUsage(
            computeNanoseconds: computeNanoseconds, networkCalls: slots.reduce(0) { $0 + $1.calls },
            imageSteps: slots.reduce(0) { $0 + Int64($1.step) }, imagesDone: slots.count { $0.isFinished })
    }

    var areAllFinished: Bool { firstUnfinished == slots.count }

    /// Rows of the images that are not finished, those being stepped included.
    var openRows: Int { slots[firstUnfinished...].count { !$0.isFinished } * rows }

    /// The lowest image that waits for a worker: images that have been begun come before the others.
    package var nextWaiting: Int? {
        guard !isEnding else { return nil }
        return slots[firstUnfinished...].firstIndex { !$0.isFinished && !$0.isCheckedOut }.map { $0 + firstImage }
    }

    /// - Parameter image: its index in the job.
    func slot(of image: Int) -> Slot { slots[image - firstImage] }

    /// - Returns: whether nothing of the job had been computed before, under this lease.
    mutating func begin() -> Bool {
        defer { hasBegun = true }
        return !hasBegun
    }

    package mutating func checkOut(_ index: Int) {
        slots[index - firstImage].isCheckedOut = true
    }

    /// Takes back an image whose step was left: it is as it was before.
    mutating func putBack(_ index: Int) {
        slots[index - firstImage].isCheckedOut = false
    }

    /// Takes back an image after a step.
    package mutating func advance(_ index: Int, to trajectory: Engine.Trajectory, calls: Int64) {
        let place = index - firstImage
        slots[place].trajectory = trajectory
        slots[place].step = trajectory.step
        slots[place].calls = calls
        slots[place].saved = nil
        slots[place].isCheckedOut = false
        slots[place].isSaved = false
    }

    /// Takes back an image after its last step.
    package mutating func finish(_ index: Int, _ output: ImageOutput, calls: Int64) {
        slots[index - firstImage] = Slot(
            step: lease.job.progress.steps, calls: calls, output: output, isFinished: true, isSaved: false)
        skipFinished()
    }

    package mutating func spend(_ nanoseconds: Int64) {
        computeNanoseconds =
            computeNanoseconds.addingReportingOverflow(nanoseconds).overflow ? .max : computeNanoseconds + nanoseconds
        revision += 1
    }

    /// The first image that is on its way.
    var present: (image: Int, trajectory: Engine.Trajectory)? {
        for index in slots.indices.dropFirst(firstUnfinished) where !slots[index].isFinished {
            if let trajectory = slots[index].trajectory { return (index + firstImage, trajectory) }
        }
        return nil
    }

    /// The finished images that the store does not have yet.
    var unsavedOutputs: [Int: FinishedImage] {
        var outputs: [Int: FinishedImage] = [:]
        for (index, slot) in zip(lease.images, slots) where !slot.isSaved {
            if let output = slot.output { outputs[index] = FinishedImage(output: output, calls: slot.calls) }
        }
        return outputs
    }

    /// Notes that the store has what it was given: an image that has moved on since stays unsaved.
    mutating func markSaved(_ snapshot: JobSnapshot<Engine>) {
        hasSaved = true
        // Whoever looks at the job sees the images that are stored from now on.
        if !snapshot.finished.isEmpty { revision += 1 }
        for (index, unfinished) in snapshot.trajectories
        where slot(of: index).calls == unfinished.calls && !slot(of: index).isFinished {
            slots[index - firstImage].isSaved = true
        }
        for index in snapshot.finished.keys {
            slots[index - firstImage].isSaved = true
            // The store keeps it from here on.
            slots[index - firstImage].output = nil
        }
    }

    /// What has changed since the last save, by value: it can be written down while workers go on.
    var snapshot: JobSnapshot<Engine> {
        var snapshot = JobSnapshot<Engine>(lease: lease, usage: usage, finished: unsavedOutputs)
        for (index, slot) in zip(lease.images, slots) where !slot.isSaved && !slot.isFinished {
            guard let trajectory = slot.trajectory else { continue }
            snapshot.trajectories[index] = .init(trajectory: trajectory, step: slot.step, calls: slot.calls)
        }
        return snapshot
    }

    private mutating func skipFinished() {
        while firstUnfinished < slots.count, slots[firstUnfinished].isFinished { firstUnfinished += 1 }
    }
}

/// The unsaved state of a running job at one moment.
struct JobSnapshot<Engine: TrajectoryEngine> {
    struct Unfinished {
        let trajectory: Engine.Trajectory
        let step: Int
        let calls: Int64
    }

    let lease: JobLease
    let usage: JobUsage
    var trajectories: [Int: Unfinished] = [:]
    var finished: [Int: FinishedImage]

    init(lease: JobLease, usage: JobUsage, finished: [Int: FinishedImage]) {
        self.lease = lease
        self.usage = usage
        self.finished = finished
    }

    var isEmpty: Bool { trajectories.isEmpty && finished.isEmpty }

    /// - Throws: what a trajectory's `saved()` throws.
    func checkpoint() throws -> JobCheckpoint {
        let saved = try trajectories.mapValues { unfinished in
            SavedTrajectory(step: unfinished.step, calls: unfinished.calls, bytes: try unfinished.trajectory.saved())
        }
        return JobCheckpoint(lease: lease, usage: usage, trajectories: saved, finished: finished)
    }
}
