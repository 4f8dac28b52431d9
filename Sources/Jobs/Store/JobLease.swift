/// The right to run one job, or a part of it, held by one process until it ends, and for as long as it is renewed.
/// Every write made under it is refused once the lease is gone: after a cancellation, or when another process has
/// taken the job over.
public struct JobLease: Sendable {
    /// Unique for every lease ever given.
    public var token: String
    /// When others may take the job, as of the moment the lease was given: each renewal and each save puts it off.
    public var expiresAt: Timestamp
    public var job: Job
    /// `NewJob.run`; nil for a job of a version that stored requests only.
    public var run: [UInt8]?
    /// What the job works on, as it was accepted.
    public var inputs: [JobInput]
    /// `PlannedWork.unitsPerCall`; 0 for a job of a version that did not know it.
    public var unitsPerCall: Int64
    /// Attempts in a row, this one included, that persisted no progress: a job that kills the process counts up here.
    public var fruitlessAttempts: Int
    /// Unfinished images with saved progress, by index.
    public var saved: [Int: SavedTrajectory]
    /// Network evaluations of the images that an earlier attempt finished, by index: they are stored and are not made
    /// again.
    public var finished: [Int: Int64]
    /// The images that are this process's to make; nil when all of the job are.
    public var part: JobPart?

    /// The first lease of a job of which nothing is known beside.
    package init(token: String, expiresAt: Timestamp, job: Job) {
        (self.token, self.expiresAt, self.job) = (token, expiresAt, job)
        (inputs, unitsPerCall, fruitlessAttempts, saved, finished) = ([], 0, 1, [:], [:])
    }
}

/// One unfinished image, saved.
public struct SavedTrajectory: Hashable, Sendable {
    /// Steps done.
    public var step: Int
    /// Network evaluations (rows) done.
    public var calls: Int64
    /// What `EngineTrajectory.saved()` gave.
    public var bytes: [UInt8]

    public init(step: Int, calls: Int64, bytes: [UInt8]) {
        self.step = step
        self.calls = calls
        self.bytes = bytes
    }
}

/// The totals of a running job, or of a part of it, over all its attempts.
public struct JobUsage: Hashable, Sendable {
    public var computeNanoseconds: Int64
    public var networkCalls: Int64
    /// Steps done, summed over the images.
    public var imageSteps: Int64
    public var imagesDone: Int

    public init(computeNanoseconds: Int64, networkCalls: Int64, imageSteps: Int64, imagesDone: Int) {
        self.computeNanoseconds = computeNanoseconds
        self.networkCalls = networkCalls
        self.imageSteps = imageSteps
        self.imagesDone = imagesDone
    }
}

/// What a running job saves, so that another attempt goes on from there.
public struct JobCheckpoint: Sendable {
    public var lease: JobLease
    public var usage: JobUsage
    /// Replaces what was saved of these images; images not named keep what they have.
    public var trajectories: [Int: SavedTrajectory]
    public var finished: [Int: FinishedImage]

    public init(
        lease: JobLease, usage: JobUsage, trajectories: [Int: SavedTrajectory] = [:],
        finished: [Int: FinishedImage] = [:]
    ) {
        self.lease = lease
        self.usage = usage
        self.trajectories = trajectories
        self.finished = finished
    }
}
