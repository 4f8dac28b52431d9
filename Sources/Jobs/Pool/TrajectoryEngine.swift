/// Makes images, one network evaluation at a time. The worker pool knows trajectories only through this face: it decides who
/// steps when and with whom, saves and resumes them, and never looks inside.
///
/// The bytes of an image may depend on its job's request and its index alone: not on the batch, the worker, or where it was resumed.
public protocol TrajectoryEngine: Sendable {
    /// A job's request, understood: made once when the job starts, shared by its images.
    associatedtype Plan: Sendable
    /// One image being made: a value, so that a copy is a snapshot.
    associatedtype Trajectory: Sendable
    /// Trajectories with equal keys may share a batch.
    associatedtype BatchKey: Hashable & Sendable
    /// What one worker computes with (a thread team, an arena). Made on the worker's thread and never seen by another.
    associatedtype Worker

    func makeWorker(_ index: Int) throws -> Worker

    /// - Parameter lease: the job, with what is run of it and what it works on.
    /// - Throws: when the job cannot run; it fails then.
    func plan(_ lease: JobLease) throws -> Plan

    func batchKey(of plan: Plan) -> BatchKey

    /// Rows of the network's batch that one step of one image takes at most: 2 with guidance.
    func rows(of plan: Plan) -> Int

    /// Rows that the next step of an unfinished image takes, where that is not the same for all steps.
    func rowsOfNextStep(_ trajectory: Trajectory, plan: Plan) -> Int

    /// Rows that gain by being stepped together: no batch of this plan's key has more, but for a single image that needs them.
    func rowsTogether(in plan: Plan) -> Int

    /// Whether one step of one image takes so long that jobs of which this is not so must not wait for it.
    func isLarge(_ plan: Plan) -> Bool

    /// - Parameters:
    ///   - image: 0 ..< images of the job.
    ///   - saved: what `save(_:)` gave for this image earlier, perhaps in another process; nil to begin from nothing.
    /// - Throws: when `saved` is unreadable (another version wrote it): the image is then begun from nothing, which makes the same
    ///   bytes; or when the image cannot be made: the job fails then.
    func begin(_ plan: Plan, image: Int, saved: [UInt8]?) throws -> Trajectory

    /// Advances every trajectory by one network evaluation. All have the same batch key; none is finished. The count must not change.
    /// - Parameter isWanted: whether somebody still waits for the step; once it says no it does so for ever, and the step should end soon,
    ///   by an error. Quick, and for any thread.
    /// - Throws: for any of them; the pool repeats the step with each alone to find out which. What is thrown for a step that is not wanted
    ///   any more does not matter.
    func step(_ batch: inout [Trajectory], on worker: inout Worker, isWanted: @escaping @Sendable () -> Bool) throws

    /// Called on the worker's thread when it has had nothing to do for a while: memory that only computing needs had better be given back.
    /// - Parameter isLast: whether no job is being run at all.
    func rest(_ worker: inout Worker, isLast: Bool)

    func isFinished(_ trajectory: Trajectory) -> Bool

    /// Steps done, in the unit of `PlannedWork.steps`.
    func step(of trajectory: Trajectory) -> Int

    /// Called on a thread that is not a worker's, with a snapshot.
    func save(_ trajectory: Trajectory) throws -> [UInt8]

    /// Encodes a finished trajectory.
    func finish(_ trajectory: Trajectory, plan: Plan, image: Int) throws -> ImageOutput

    /// The problem document (JSON) that the failed job keeps. Errors of the pool's own are `WorkerPoolError`.
    func problem(for error: any Error, job: Job) -> [UInt8]
}

extension TrajectoryEngine {
    public func rowsOfNextStep(_ trajectory: Trajectory, plan: Plan) -> Int { rows(of: plan) }
    public func rowsTogether(in plan: Plan) -> Int { .max }
    public func isLarge(_ plan: Plan) -> Bool { false }
    public func rest(_ worker: inout Worker, isLast: Bool) {}
}

/// Reasons for a job's failure that are the pool's.
public enum WorkerPoolError: Error, Hashable, Sendable {
    /// The job was started `attempts` times without getting anywhere: it probably kills the process.
    case attemptsExhausted(attempts: Int)
    /// The engine returned another number of trajectories than it got.
    case batchSizeChanged(expected: Int, got: Int)
    /// The store says that the job has more images than one can have.
    case tooManyImages(Int, most: Int)
    /// The store refuses the result for good.
    case unstorable(JobStoreError)
}

extension WorkerPoolError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .attemptsExhausted(let attempts):
            "the job was started \(attempts) times and made no progress before the process ended; it is not tried again"
        case .batchSizeChanged(let expected, let got):
            "the engine returned \(got) trajectories for a batch of \(expected)"
        case .tooManyImages(let images, let most):
            "the job has \(images) images by the store: expected at most \(most)"
        case .unstorable(let error):
            "the result cannot be stored: \(error)"
        }
    }
}
