/// What a pool runs, and how.
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
