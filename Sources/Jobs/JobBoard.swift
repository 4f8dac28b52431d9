import Locking

/// The face of the jobs to a service: the store, with what running jobs have done since their last save laid over it,
/// with estimates and with notifications. The worker pool takes its jobs from here.
public final class JobBoard: Sendable {
    public struct Configuration: Sendable {
        /// How many jobs may be queued; running ones do not count.
        public var queueLimit: Int
        /// Is told what jobs do; nil: nobody counts.
        public var meter: (any JobMeter)?
        /// How long an estimate serves, once a pool moves the jobs: whatever the store does meanwhile, none is made.
        public var estimateLifetime = Duration.milliseconds(250)

        public init(queueLimit: Int = 256, meter: (any JobMeter)? = nil) {
            self.queueLimit = queueLimit
            self.meter = meter
        }
    }

    /// What the pool wants to hear.
    struct PoolHook: Sendable {
        let jobArrived: @Sendable () -> Void
        let jobCancelled: @Sendable (JobID) -> Void
    }

    private struct Live {
        var usage: JobUsage
        /// Changes published under this lease: the low half of the version.
        var changes: Int64
        /// The version that the lease gave the job: what the store says of the time before is out of date.
        let leased: JobVersion
        /// The version that the job was first seen running with. `changes` are counted from there, whatever is saved
        /// meanwhile: a save changes nothing for those who look here.
        var base: JobVersion?
        /// Whether others make other images of the job: then the store alone knows how far it is.
        let isPart: Bool
    }

    private struct KnownEstimate {
        let estimate: JobEstimate?
        var until: ContinuousClock.Instant
    }

    public let configuration: Configuration
    /// For the pool alone: all others ask the board.
    let store: any JobStore
    public let notifications = JobNotifications()
    public let rates = WorkRates()
    private let live = Lock<[JobID: Live]>([:])
    private let hook = Lock<PoolHook?>(nil)
    private let queue = Lock<OutstandingQueue?>(nil)
    /// The latest one, for whoever asks within a moment: a thousand may look at once.
    private let lastEstimate = Lock<KnownEstimate?>(nil)
    /// Without a pool nothing changes but by who asks here, who is told of it at once.
    private let hasPool = Lock(false)
    private let observation = Lock<StoreObservation?>(nil)

    /// - Throws: what reading the store throws.
    public init(store: any JobStore, configuration: Configuration = Configuration()) throws(JobStoreError) {
        self.store = store
        self.configuration = configuration
        rates.seed(try store.measuredRates())
        observation.withLock { $0 = store.observe { [weak self] event in self?.heard(event) } }
    }

    private func heard(_ event: StoreEvent) {
        switch event {
        case .arrived(let id):
            hook.withLock { $0 }?.jobArrived()
            notifications.changed(id)
        case .cancelled(let id):
            hook.withLock { $0 }?.jobCancelled(id)
            ended(id)
        case .ended(let id), .changed(let id):
            // Of a job that is run here the pool tells, once it has put it away.
            if live.withLock({ $0[id]?.isPart ?? true }) { notifications.changed(id) }
        }
    }

    // MARK: Asking

    /// Whether somebody may know of a job at all.
    /// - Parameter owner: whose jobs that one sees; nil: everybody's.
    /// - Throws: `notFound` for a job of another owner, also if it is gone; `storeUnavailable`.
    public func require(_ id: JobID, owner: String?) throws(JobStoreError) {
        guard let owner else { return }
        guard try store.owner(of: id) == owner else { throw .notFound(id) }
    }

    /// - Throws: `notFound`, `gone`, `storeUnavailable`.
    public func job(_ id: JobID) throws(JobStoreError) -> Job {
        // Looked up before the store: it is put away only after the stored end, so what is missing here is over or
        // saved there.
        let live = self.live.withLock { $0[id] }
        return overlay(try store.job(id), live)
    }

    /// - Throws: `invalidCursor`, `storeUnavailable`.
    public func jobs(_ query: JobQuery) throws(JobStoreError) -> JobPage {
        let live = self.live.withLock { $0 }
        var page = try store.jobs(query)
        page.jobs = page.jobs.map { overlay($0, live[$0.id]) }
        return page
    }

    private func overlay(_ stored: Job, _ live: Live?) -> Job {
        guard let live, !live.isPart, stored.status == .running, stored.version > live.leased else { return stored }
        var job = stored
        job.apply(live.usage)
        job.version = live.base ?? base(stored)
        job.version.number &+= live.changes
        return job
    }

    /// The version that the progress of a running job is counted from: that of the first look at it.
    private func base(_ stored: Job) -> JobVersion {
        live.withLock { live in
            // Ended meanwhile, or leased anew: this look is over.
            guard var known = live[stored.id], stored.version > known.leased else { return stored.version }
            let base = known.base ?? stored.version
            known.base = base
            live[stored.id] = known
            return base
        }
    }

    /// One image of a job: of one that is not done yet, if the image is stored already.
    /// - Throws: `notFound`, `gone`, `imageNotFound`, `storeUnavailable`.
    public func image(_ index: Int, of id: JobID) throws(JobStoreError) -> StoredImage {
        try store.image(index, of: id)
    }

    /// Those of some indices, in their order; what is not there is left out.
    /// - Throws: `notFound`, `gone`, `storeUnavailable`.
    public func images(_ indices: Range<Int>, of id: JobID) throws(JobStoreError) -> [StoredImage] {
        try store.images(indices, of: id)
    }

    /// The images of all jobs, page by page.
    /// - Throws: `invalidCursor`, `storeUnavailable`.
    public func images(_ query: ImageQuery) throws(JobStoreError) -> ImagePage { try store.images(query) }

    /// What has happened, in the order of its happening; fewer than `query.limit` are all that there were.
    /// - Throws: `storeUnavailable`.
    public func occurrences(_ query: OccurrenceQuery) throws(JobStoreError) -> [JobOccurrence] {
        try store.occurrences(query)
    }

    /// The sequence of the latest occurrence there has been; 0 before the first.
    /// - Throws: `storeUnavailable`.
    public func latestOccurrence() throws(JobStoreError) -> Int64 { try store.latestOccurrence() }

    /// The input of this digest; nil if no job has it any more.
    /// - Throws: `storeUnavailable`.
    /// - Parameter owner: whose jobs are looked at; nil: everybody's.
    public func input(digest: String, owner: String? = nil) throws(JobStoreError) -> JobInput? {
        try store.input(digest: digest, owner: owner)
    }

    /// How many jobs there are of each status.
    /// - Throws: `storeUnavailable`.
    public func counts() throws(JobStoreError) -> JobCounts { try store.counts() }

    /// When all outstanding jobs will be done, from measured speed and the work ahead of each; nil when nothing has
    /// been measured.
    ///
    /// Made at most four times a second, and asked of a store only then: a job that came since the last one is in the
    /// next. What is asked of the estimate it goes through when it is asked, for as many jobs as end before.
    public func estimate() throws(JobStoreError) -> JobEstimate? {
        // Nothing measured: that is known at once, and changes with the first batch.
        guard rates.present != nil else { return nil }
        guard hasPool.withLock({ $0 }) else { return try presentEstimate() }
        let until = ContinuousClock.now + configuration.estimateLifetime
        // Whoever finds it too old makes the next; the others go on with it meanwhile.
        let known = lastEstimate.withLock { known -> KnownEstimate? in
            guard let present = known, present.until <= .now else { return known }
            known?.until = until
            return nil
        }
        if let known { return known.estimate }
        let estimate = try presentEstimate()
        lastEstimate.withLock { $0 = KnownEstimate(estimate: estimate, until: until) }
        return estimate
    }

    /// The queue is read again only when the store has changed.
    private func presentEstimate() throws(JobStoreError) -> JobEstimate? {
        guard let present = try presentQueue() else { return nil }
        // The store knows a running job's calls as of its last save.
        let usages = live.withLock { live in
            present.running.map { live[$0.id].flatMap { $0.isPart ? nil : $0.usage } }
        }
        return JobEstimate(present, usages: usages, rates: rates)
    }

    /// The processes that share the queue; nil where this one has it alone.
    /// - Throws: `storeUnavailable`.
    public func workers() throws(JobStoreError) -> [WorkerRecord]? { try store.workers() }

    /// Says that this process is there.
    /// - Throws: `storeUnavailable`.
    public func announce(_ worker: WorkerRecord) throws(JobStoreError) { try store.announce(worker) }

    /// Takes note of the processes that share the queue: estimates count on all who compute.
    public func note(_ workers: [WorkerRecord]) { rates.note(workers) }

    /// How many jobs are run here.
    public var activeCount: Int { live.withLock { $0.count } }

    private func presentQueue() throws(JobStoreError) -> OutstandingQueue? {
        let known = queue.withLock { $0 }, changed = try store.outstandingQueue(since: known?.revision)
        if let changed { queue.withLock { $0 = changed } }
        return changed ?? known
    }

    /// When the job was accepted that has waited longest; nil where none waits.
    /// - Throws: `storeUnavailable`.
    public func oldestWaiting() throws(JobStoreError) -> Timestamp? { try presentQueue()?.oldest?.createdAt }

    /// Ends that are still to be told; nil where the store keeps none.
    public var outbox: (any JobOutbox)? { store.outbox }

    /// What the store takes; nil where that cannot be told.
    public func footprint() -> StoreFootprint? { store.footprint() }

    /// The audit log: entries after the one of this sequence, in order.
    /// - Throws: `storeUnavailable`.
    public func audit(after sequence: Int64, limit: Int) throws(JobStoreError) -> [AuditEntry] {
        try store.audit(after: sequence, limit: limit)
    }

    /// Whether a job could be accepted now, found out by writing.
    /// - Throws: `storeFull`, `storeUnavailable`, `storeReplaced`: why not.
    public func checkWritable() throws(JobStoreError) { try store.checkWritable() }

    // MARK: Doing

    /// Accepts a job: it is on disk when this returns.
    /// - Throws: `queueFull`, `overQuota`, `idempotencyConflict`, `storeFull`, `storeUnavailable`.
    public func submit(_ job: NewJob) throws(JobStoreError) -> Submission {
        let submission = try store.insert(job, queueLimit: configuration.queueLimit)
        if submission.isNew { configuration.meter?.accepted(submission.job) }
        return submission
    }

    /// Cancels a queued or running job: it is `cancelled` when this returns, and what still computes for it stops at
    /// its next step. A job that has ended is returned as it is.
    /// - Throws: `notFound`, `gone`, `storeFull`, `storeUnavailable`.
    public func cancel(_ id: JobID, by actor: String = "") throws(JobStoreError) -> Job {
        let usage = live.withLock { $0[id].flatMap { $0.isPart ? nil : $0.usage } }
        guard let meter = configuration.meter else { return try store.cancel(id, usage: usage, by: actor) }
        let hadEnded = try store.job(id).status.isTerminal
        let job = try store.cancel(id, usage: usage, by: actor)
        if !hadEnded, job.status == .cancelled { meter.ended(job, as: .cancelled) }
        return job
    }

    /// - Throws: `notFound`, `gone`, `notTerminal`, `storeUnavailable`.
    public func delete(_ id: JobID, by actor: String = "") throws(JobStoreError) {
        try store.delete(id, by: actor)
        notifications.changed(id)
    }

    /// Keeps a job from the retention policy, or no longer.
    /// - Throws: `notFound`, `gone`, `storeFull`, `storeUnavailable`.
    public func pin(_ id: JobID, _ isPinned: Bool, by actor: String = "") throws(JobStoreError) -> Job {
        _ = try store.pin(id, isPinned, by: actor)
        notifications.changed(id)
        return try job(id)
    }

    /// Closes the store: every later call throws `storeUnavailable`.
    /// - Throws: `storeUnavailable` when not everything could be written.
    public func close() throws(JobStoreError) { try store.close() }

    /// Calls `onChange` once, when the job's version is, or becomes, another than `version`; at once for a job that has
    /// ended, since it does not change any more. Any thread; see `JobNotifications`.
    /// - Parameter interest: of `state`, progress alone does not call it.
    /// - Throws: `notFound`, `gone`, `storeUnavailable`; `onChange` is not called then.
    public func subscribe(
        to id: JobID, after version: JobVersion, _ interest: JobNotifications.Interest = .progress,
        onChange: @escaping @Sendable () -> Void
    ) throws(JobStoreError) -> JobNotifications.Subscription {
        // Subscribed first, looked at second: a change in between is not missed.
        let subscription = notifications.subscribe(to: id, interest, onChange: onChange)
        do throws(JobStoreError) {
            let now = try job(id)
            if now.version != version || now.status.isTerminal { notifications.fire(subscription) }
            return subscription
        } catch {
            notifications.cancel(subscription)
            throw error
        }
    }

    // MARK: The pool's side

    func attach(_ hook: PoolHook?) { self.hook.withLock { $0 = hook } }

    /// Takes note of how the pool runs jobs: estimates follow its rules.
    func note(_ configuration: WorkerPoolConfiguration) {
        rates.note(PoolShape(configuration))
        hasPool.withLock { $0 = true }
    }

    /// The job has been leased: its progress will be published.
    package func began(_ lease: JobLease) {
        let job = lease.job
        live.withLock {
            $0[job.id] = Live(usage: lease.usage, changes: 0, leased: job.version, isPart: lease.part != nil)
        }
        notifications.changed(job.id)
    }

    /// The store knows that the job is being computed.
    func begun(_ id: JobID) { notifications.changed(id) }

    /// Publishes a running job's progress.
    /// - Parameter revision: grows with the progress: workers publish out of turn, and what is older than what is known
    ///   is dropped, as is what comes after the job's end.
    package func publish(_ id: JobID, _ usage: JobUsage, revision: Int64) {
        let isNew = live.withLock { live in
            guard var known = live[id], revision > known.changes else { return false }
            (known.usage, known.changes) = (usage, min(revision, Int64(UInt32.max)))
            live[id] = known
            return !known.isPart
        }
        if isNew { notifications.progressed(id) }
    }

    /// The job runs no more; the store knows it already.
    func ended(_ id: JobID) {
        live.withLock { _ = $0.removeValue(forKey: id) }
        notifications.changed(id)
    }
}
