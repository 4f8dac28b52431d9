public struct WorkerPoolConfiguration: Sendable {
    /// Computing threads.
    public var workers: Int
    /// Rows of the network's batch that one worker evaluates together.
    public var maximumBatchRows: Int
    /// Jobs that are run at the same time, by turns; nil: as many as all batches have rows, so that each job moves every round.
    public var maximumActiveJobs: Int?
    /// Attempts without saved progress after which a job is failed instead of being run.
    public var maximumAttempts: Int
    /// Progress is saved at most this often, and less often when saving would cost more than 1 % of the time.
    public var saveInterval: Duration
    /// Ended jobs to remove, looked for every minute.
    public var retention: RetentionPolicy?

    public init(
        workers: Int = 1, maximumBatchRows: Int = 8, maximumActiveJobs: Int? = nil, maximumAttempts: Int = 3,
        saveInterval: Duration = .seconds(2), retention: RetentionPolicy? = nil
    ) {
        self.workers = workers
        self.maximumBatchRows = maximumBatchRows
        self.maximumActiveJobs = maximumActiveJobs
        self.maximumAttempts = maximumAttempts
        self.saveInterval = saveInterval
        self.retention = retention
    }

    var activeJobs: Int {
        max(1, maximumActiveJobs ?? max(1, workers) * max(1, maximumBatchRows))
    }
}

/// What the pool's threads share, under one lock. The lock is never held during computing or a call to the store.
struct PoolState<Engine: TrajectoryEngine> {
    enum Phase: Equatable {
        case new
        case running
        case stopping
        /// The clerk has gone; whether it could write everything.
        case concluded(isComplete: Bool)
    }

    /// How a job has ended, on its way into the store.
    enum Outcome {
        case succeeded
        case failed(problem: [UInt8])
    }

    var phase = Phase.new
    /// Set when the workers are done: the clerk writes what there is and goes.
    var concludeBy: ContinuousClock.Instant?
    /// Whether an earlier process died while running jobs. Then the first progress of each job is saved at once: a process that is
    /// killed again and again must not use up the attempts of jobs that do no harm.
    var followsCrash = false
    var schedule: PoolSchedule<Engine>
    /// Ends to be written, in order. Their jobs stay in the schedule until then, with the images in memory.
    private(set) var endings: [(lease: JobLease, outcome: Outcome)] = []
    /// Whether the store may have jobs to lease.
    var wantsLease = true
    /// Whether some job should be saved without waiting for the interval.
    var wantsSave = false
    private var isLeasing = false
    private var cancelledWhileLeasing: Set<JobID> = []

    init(schedule: PoolSchedule<Engine>) {
        self.schedule = schedule
    }

    /// Drops a job that the store has cancelled. Images that are being stepped find nothing to come back to.
    mutating func cancel(_ id: JobID) {
        drop(id)
        // The store may have leased it to the clerk a moment ago.
        if isLeasing { cancelledWhileLeasing.insert(id) }
    }

    mutating func drop(_ id: JobID) {
        schedule.remove(id)
        endings.removeAll { $0.lease.job.id == id }
        wantsLease = true
    }

    mutating func end(_ lease: JobLease, _ outcome: Outcome) {
        let isFirst = schedule.update(lease) { job in
            defer { job.isEnding = true }
            return !job.isEnding
        }
        if isFirst == true { endings.append((lease, outcome)) }
    }

    /// Ends a job that was leased but cannot be run.
    mutating func refuse(_ lease: JobLease, problem: [UInt8]) {
        endings.append((lease, .failed(problem: problem)))
    }

    /// Replaces an outcome that the store refuses for good.
    mutating func endOtherwise(_ lease: JobLease, problem: [UInt8]) {
        endings.removeAll { $0.lease.token == lease.token }
        endings.append((lease, .failed(problem: problem)))
    }

    mutating func beginLeasing() {
        isLeasing = true
        wantsLease = false
    }

    /// - Returns: the jobs cancelled since `beginLeasing()`.
    mutating func endLeasing() -> Set<JobID> {
        isLeasing = false
        defer { cancelledWhileLeasing = [] }
        return cancelledWhileLeasing
    }
}
