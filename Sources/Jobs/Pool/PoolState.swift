public struct WorkerPoolConfiguration: Sendable {
    /// Computing threads.
    public var workers: Int
    /// Rows of the network's batch that one worker evaluates together.
    public var maximumBatchRows: Int
    /// Jobs that are run at the same time, by turns; nil: as many as all batches have rows, so that each job moves
    /// every round.
    public var maximumActiveJobs: Int?
    /// Attempts without saved progress after which a job is failed instead of being run.
    public var maximumAttempts: Int
    /// Progress is saved at most this often, and less often where saving would take more than `savingShare` of the
    /// time.
    public var saveInterval: Duration
    /// Ended jobs to remove, looked for every minute.
    public var retention: RetentionPolicy?
    /// A worker that has had nothing to do for so long gives back the memory it computes in.
    public var restAfter = Duration.seconds(10)
    /// Names of the models whose jobs are run; nil: of any, for a process that has its queue alone. See
    /// `LeasePlaces.models`.
    public var models: Set<String>?
    /// The same, where processes of one queue may have other weights under the same name.
    public var weights: Set<ModelReference>?
    /// See `LeasePlaces.arithmetic`.
    public var arithmetic: String?
    /// Whether large jobs are shared with other processes, where the store can.
    public var sharesJobs = false
    /// How often leases are renewed: a third of what they last.
    public var renewalInterval = JobRules.renewalInterval
    /// How often jobs are looked for whose process has died.
    public var recoveryInterval = Duration.seconds(60)
    /// The part of its time that the clerk spends on saving progress at most: a save is followed by so long a pause.
    public var savingShare = 0.01
    /// How long a stop waits for the steps that are under way, the large ones aside, before it leaves them.
    public var stepGrace = Duration.milliseconds(500)
    /// How long beyond its deadline a stop waits for a write that has begun.
    public var writeGrace = Duration.seconds(1)
    /// What tells the pool when to save, to look after leases and to rest. May jump ahead in tests.
    public var clock: @Sendable () -> ContinuousClock.Instant = { .now }

    public init(
        workers: Int = 1, maximumBatchRows: Int = 8, maximumActiveJobs: Int? = nil, maximumAttempts: Int = 3,
        saveInterval: Duration = .seconds(2)
    ) {
        self.workers = workers
        self.maximumBatchRows = maximumBatchRows
        self.maximumActiveJobs = maximumActiveJobs
        self.maximumAttempts = maximumAttempts
        self.saveInterval = saveInterval
    }

    var activeJobs: Int {
        max(1, maximumActiveJobs ?? max(1, workers) * max(1, maximumBatchRows))
    }

    /// What is evaluated at the same time; nil where jobs are taken whole.
    var rowsTogether: LeasePlaces.RowsTogether? {
        guard sharesJobs else { return nil }
        let (rows, overflow) = max(1, workers).multipliedReportingOverflow(by: max(1, maximumBatchRows))
        return LeasePlaces.RowsTogether(small: overflow ? .max : rows, large: max(1, workers))
    }

    /// Jobs of large steps that take turns at most: each that has been begun holds the latents of a large image.
    var activeLargeJobs: Int { 2 * max(1, workers) }
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
    /// Whether an earlier process died while running jobs. Then the first progress of each job is saved at once: a
    /// process that is killed again and again must not use up the attempts of jobs that do no harm.
    var followsCrash = false
    var schedule: PoolSchedule<Engine>
    /// Ends to be written, in order. Their jobs stay in the schedule until then, with the images in memory.
    private(set) var endings: [(lease: JobLease, outcome: Outcome)] = []
    /// Jobs that are being computed since lately, which the store has yet to be told.
    private(set) var beginnings: [JobLease] = []
    /// Whether the store may have jobs to lease.
    var wantsLease = true
    /// Whether some job should be saved without waiting for the interval.
    var wantsSave = false
    /// What each worker does now.
    private var steps: [Int: (batch: Batch, isLarge: Bool)] = [:]
    private var isLeasing = false
    private var cancelledWhileLeasing: Set<JobID> = []

    init(schedule: PoolSchedule<Engine>) {
        self.schedule = schedule
    }

    /// Images that a worker steps together.
    struct Batch {
        let entries: [PoolSchedule<Engine>.Entry]
        let interest = StepInterest()
    }

    /// Hands out what a worker is to do next; nil when there is nothing.
    /// - Parameter others: of the worker that serves small jobs alone while all the others, so many, are busy with
    ///   large steps.
    mutating func nextBatch(for worker: Int, others: Int? = nil) -> (batch: Batch, isLarge: Bool)? {
        if let others, steps.values.count(where: \.isLarge) < others { return nil }
        guard let entries = schedule.nextBatch(large: others == nil), let first = entries.first else { return nil }
        let step = (batch: Batch(entries: entries), isLarge: schedule.jobs[first.lease.job.id]?.isLarge ?? false)
        steps[worker] = step
        for entry in entries where schedule.update(entry.lease, { $0.begin() }) == true {
            beginnings.append(entry.lease)
        }
        return step
    }

    /// The store knows that these are being computed.
    mutating func noteBegun(_ leases: [JobLease]) {
        let tokens = Set(leases.map(\.token))
        beginnings.removeAll { tokens.contains($0.token) }
    }

    /// A worker has come back.
    mutating func checkIn(_ worker: Int) { steps[worker] = nil }

    /// Has workers leave what they compute now.
    func leaveSteps(onlyLarge: Bool = false) {
        for step in steps.values where step.isLarge || !onlyLarge { step.batch.interest.withdraw() }
    }

    private func leaveUnwantedSteps() {
        for step in steps.values where !step.batch.entries.contains(where: { schedule.wants($0.lease) }) {
            step.batch.interest.withdraw()
        }
    }

    /// Drops a job that the store has cancelled. Images that are being stepped find nothing to come back to; a step of
    /// nothing else is left.
    mutating func cancel(_ id: JobID) {
        drop(id)
        // The store may have leased it to the clerk a moment ago.
        if isLeasing { cancelledWhileLeasing.insert(id) }
    }

    mutating func drop(_ id: JobID) {
        forget(id)
        wantsLease = true
    }

    /// Removes all that there is of a job. A step of nothing else is left.
    mutating func forget(_ id: JobID) {
        schedule.remove(id)
        endings.removeAll { $0.lease.job.id == id }
        beginnings.removeAll { $0.job.id == id }
        leaveUnwantedSteps()
    }

    mutating func end(_ lease: JobLease, _ outcome: Outcome) {
        let isFirst = schedule.update(lease) { job in
            defer { job.isEnding = true }
            return !job.isEnding
        }
        guard isFirst == true else { return }
        endings.append((lease, outcome))
        // Other images of a job that has failed may be with other workers.
        leaveUnwantedSteps()
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

    /// - Parameter isForAll: whether all that waits is looked at, and not some of it only.
    mutating func beginLeasing(isForAll: Bool) {
        isLeasing = true
        if isForAll { wantsLease = false }
    }

    /// - Returns: the jobs cancelled since `beginLeasing()`.
    mutating func endLeasing() -> Set<JobID> {
        isLeasing = false
        defer { cancelledWhileLeasing = [] }
        return cancelledWhileLeasing
    }
}
