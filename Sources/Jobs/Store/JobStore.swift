/// The durable queue and archive of jobs. The queue *is* the job table, so nothing lives only in memory.
///
/// Every method is one transaction that has reached the disk when it returns, may be called from any thread, and blocks
/// for as long as the disk takes. A store may be shared by several processes if its engine can; leases keep their jobs
/// apart.
public protocol JobStore: Sendable {
    /// Accepts a job, unless `queueLimit` jobs are queued already or it is more than its owner's quota. A known
    /// idempotency key answers with the job it made, and counts for nothing. The owner's account (`OwnerAccount`) is
    /// charged and gives the job its turn (`FairTurns`) in the same transaction.
    /// - Throws: `queueFull`, `overQuota`, `idempotencyConflict`, `storeFull`, `storeUnavailable`; nothing is stored
    ///   then.
    func insert(_ job: NewJob, queueLimit: Int) throws(JobStoreError) -> Submission

    /// - Throws: `notFound`, `gone`, `storeUnavailable`.
    func job(_ id: JobID) throws(JobStoreError) -> Job

    /// To whom a job belongs, or belonged that was removed.
    /// - Throws: `notFound`, `storeUnavailable`.
    func owner(of id: JobID) throws(JobStoreError) -> String

    /// Newest first.
    /// - Throws: `invalidCursor`, `storeUnavailable`.
    func jobs(_ query: JobQuery) throws(JobStoreError) -> JobPage

    /// One image of a job: of one that is not done yet, if the image is stored already.
    /// - Throws: `notFound`, `gone`, `imageNotFound`, `storeUnavailable`.
    func image(_ index: Int, of id: JobID) throws(JobStoreError) -> StoredImage

    /// Those of some indices, in their order, for whoever takes all of a job; what is not there is left out.
    /// - Throws: `notFound`, `gone`, `storeUnavailable`.
    func images(_ indices: Range<Int>, of id: JobID) throws(JobStoreError) -> [StoredImage]

    /// The images of all jobs, page by page.
    /// - Throws: `invalidCursor`, `storeUnavailable`.
    func images(_ query: ImageQuery) throws(JobStoreError) -> ImagePage

    /// What has happened, in the order of its happening. Fewer than `query.limit` are all that there were: what cannot
    /// be read is passed over and does not count.
    /// - Throws: `storeUnavailable`.
    func occurrences(_ query: OccurrenceQuery) throws(JobStoreError) -> [JobOccurrence]

    /// The sequence of the latest occurrence there has been; 0 before the first.
    /// - Throws: `storeUnavailable`.
    func latestOccurrence() throws(JobStoreError) -> Int64

    /// The input of this digest; nil if no job in the store has it any more.
    /// - Parameter owner: whose jobs are looked at; nil: everybody's.
    func input(digest: String, owner: String?) throws(JobStoreError) -> JobInput?

    func counts() throws(JobStoreError) -> JobCounts

    /// The jobs that have not ended, in the order in which they are leased.
    func outstandingWork() throws(JobStoreError) -> [OutstandingWork]

    /// The same, to be kept until it changes.
    /// - Parameter known: of what the caller has.
    /// - Returns: nil if the caller's is still right.
    func outstandingQueue(since known: StoreRevision?) throws(JobStoreError) -> OutstandingQueue?

    /// Speed by model, as the latest finished jobs measured it.
    func measuredRates() throws(JobStoreError) -> [String: MeasuredSpeed]

    /// Returns to the queue every running job whose lease has ended, or whose process is known to be gone. Jobs of
    /// living processes, which renew their leases, are not touched: so this may be called at any time.
    func recover() throws(JobStoreError) -> [JobID]

    /// Gives places to queued jobs in the order of their turns (`FairTurns`), equal ones in the order of acceptance.
    /// The attempt is counted here, before anything runs; the job says that it is queued until `begin(_:)`. The lease
    /// ends at `JobLease.expiresAt` unless it is renewed.
    ///
    /// Of a job of more images than the process makes at the same time (`LeasePlaces.rowsTogether`) it gets a part,
    /// where the engine can; of each job one at a time. A part whose process is gone is given to another. What is done
    /// under the lease of a part concerns its images alone, but for `fail`, which ends the job.
    func lease(_ places: LeasePlaces) throws(JobStoreError) -> [JobLease]

    /// Notes that jobs are being computed from now on. Lost leases, and those noted before, are skipped.
    func begin(_ leases: [JobLease]) throws(JobStoreError)

    /// Puts off the end of leases. Nothing else about the jobs changes. Those that a call of `lease` is about to
    /// give, on another thread, are put off as well: so it is of use with none, too.
    /// - Returns: the jobs whose lease is gone.
    func renew(_ leases: [JobLease]) throws(JobStoreError) -> [JobID]

    /// Saves progress of running jobs, all in one transaction, and renews their leases. The version moves where the
    /// totals do.
    /// - Returns: the jobs whose lease is gone; nothing was written for those.
    func save(_ checkpoints: [JobCheckpoint]) throws(JobStoreError) -> [JobID]

    /// Ends a job as succeeded: the images not stored yet, the totals and the status in one transaction; saved progress
    /// goes.
    /// - Throws: `leaseLost`, `incomplete` when not every image is there, `storeFull`, `storeUnavailable`.
    func finish(_ checkpoint: JobCheckpoint) throws(JobStoreError)

    /// Ends what is leased: images and totals as `finish`, of a part or of all. The job ends as succeeded with the last
    /// of its parts.
    /// - Returns: whether the job has ended.
    /// - Throws: as `finish`; `incomplete` when not every image of the part is there.
    func finishPart(_ checkpoint: JobCheckpoint) throws(JobStoreError) -> Bool

    /// Ends a job as failed, with a problem document. Images and saved progress go.
    /// - Throws: `leaseLost`, `storeFull`, `storeUnavailable`.
    func fail(_ lease: JobLease, problem: [UInt8], usage: JobUsage) throws(JobStoreError)

    /// Puts jobs back into the queue as if they had not been started: for a graceful stop. Lost leases are skipped.
    func release(_ leases: [JobLease]) throws(JobStoreError)

    /// Ends a job as cancelled, be it queued or running; its lease is void from then on. A job that has ended stays as
    /// it is.
    ///
    /// Of a job that nobody has computed anything of the turn is given back (`JobRules.givesTurnBack`): those of the
    /// same owner behind it move up by its weight.
    /// - Parameters:
    ///   - usage: what a running job has spent until now, if known better than its last save.
    ///   - actor: who cancels it, for the audit log.
    /// - Throws: `notFound`, `gone`, `storeFull`, `storeUnavailable`.
    func cancel(_ id: JobID, usage: JobUsage?, by actor: String) throws(JobStoreError) -> Job

    /// Removes a job that has ended and leaves a tombstone, so that asking for it says `gone`.
    /// - Throws: `notFound`, `gone`, `notTerminal`, `storeUnavailable`.
    func delete(_ id: JobID, by actor: String) throws(JobStoreError)

    /// Keeps a job from the retention policy, or no longer.
    /// - Throws: `notFound`, `gone`, `storeFull`, `storeUnavailable`.
    func pin(_ id: JobID, _ isPinned: Bool, by actor: String) throws(JobStoreError) -> Job

    /// Removes ended jobs that the policy does not keep and that are not pinned; they leave tombstones.
    /// - Returns: how many jobs went.
    func sweep(_ policy: RetentionPolicy) throws(JobStoreError) -> Int

    /// The audit log: entries after the one of this sequence, in order. Every `insert` that makes a job, and every
    /// `cancel`, `delete`, `pin`, `finish`, `fail` and removal by `sweep` that changes something, has written one in
    /// its own transaction.
    /// - Throws: `storeUnavailable`.
    func audit(after sequence: Int64, limit: Int) throws(JobStoreError) -> [AuditEntry]

    /// Says that a process is there, as it is now; to be repeated every few seconds.
    /// - Throws: `storeUnavailable`.
    func announce(_ worker: WorkerRecord) throws(JobStoreError)

    /// The processes that have announced themselves within the last half minute, the oldest first; nil for a store
    /// that one process has alone.
    /// - Throws: `storeUnavailable`.
    func workers() throws(JobStoreError) -> [WorkerRecord]?

    /// Whether a job could be accepted now, found out by writing. For readiness.
    /// - Throws: `storeFull`, `storeUnavailable`: why not.
    func checkWritable() throws(JobStoreError)

    /// Where ends are kept that are still to be told; nil for a store that keeps none.
    var outbox: (any JobOutbox)? { get }

    /// What the store takes now; nil where that cannot be told.
    func footprint() -> StoreFootprint?

    /// Tells `body` what happens in the store, for as long as the value returned lives. What is done through this very
    /// store is told before the call that does it returns, on its thread, when it is on disk; what other processes do,
    /// as soon as the engine hears of it. `body` must not block.
    func observe(_ body: @escaping @Sendable (StoreEvent) -> Void) -> StoreObservation

    /// Writes what is still to be written and lets go of the store. Calls after this throw `storeUnavailable`.
    func close() throws(JobStoreError)
}

/// How many jobs may be leased, and which: large ones, whose steps take long, have places of their own.
public struct LeasePlaces: Hashable, Sendable {
    public var small: Int
    public var large: Int
    /// Names of the models whose jobs may be leased; nil: of any. Whoever shares a queue with other processes takes
    /// jobs of the models that it has; whoever has it alone takes all, so that jobs of a model that is gone fail by
    /// name instead of waiting for ever.
    public var models: Set<String>?
    /// Owners whose jobs are passed over.
    public var without: Set<String>
    /// The weights, where processes of one queue may have others under the same name; nil: of any weights.
    public var weights: Set<ModelReference>?
    /// Only jobs of this `NewJob.arithmetic`, or of none, where processes of several versions share a queue; nil: any.
    public var arithmetic: String?
    /// Rows of the network's batches that the process evaluates at the same time, for small and for large jobs: larger
    /// jobs are shared with other processes in parts. Nil: jobs are taken whole.
    public var rowsTogether: RowsTogether?

    public struct RowsTogether: Hashable, Sendable {
        public var small: Int
        public var large: Int

        public init(small: Int, large: Int) { (self.small, self.large) = (small, large) }
    }

    public init(small: Int, large: Int, models: Set<String>? = nil, without: Set<String> = []) {
        self.small = max(0, small)
        self.large = max(0, large)
        self.models = models
        self.without = without
    }

    package var isEmpty: Bool { small == 0 && large == 0 }
}

extension JobStore {
    /// Gives up to `limit` places to jobs of either kind.
    package func lease(limit: Int, models: Set<String>? = nil) throws(JobStoreError) -> [JobLease] {
        try lease(LeasePlaces(small: limit, large: limit, models: models))
    }

    package func input(digest: String) throws(JobStoreError) -> JobInput? { try input(digest: digest, owner: nil) }

    /// For where nobody has a name.
    package func cancel(_ id: JobID, usage: JobUsage?) throws(JobStoreError) -> Job {
        try cancel(id, usage: usage, by: "")
    }

    package func delete(_ id: JobID) throws(JobStoreError) { try delete(id, by: "") }

    package func pin(_ id: JobID, _ isPinned: Bool) throws(JobStoreError) -> Job { try pin(id, isPinned, by: "") }

    /// For a store that reads them one by one.
    public func images(_ indices: Range<Int>, of id: JobID) throws(JobStoreError) -> [StoredImage] {
        var images: [StoredImage] = []
        for index in indices {
            do throws(JobStoreError) {
                images.append(try image(index, of: id))
            } catch {
                if case .imageNotFound = error { continue }
                throw error
            }
        }
        return images
    }

    /// For a store that one process has alone.
    public func announce(_ worker: WorkerRecord) throws(JobStoreError) {}
    public func workers() throws(JobStoreError) -> [WorkerRecord]? { nil }

    /// For a store that does not know its revision: always as it is now.
    public func outstandingQueue(since known: StoreRevision?) throws(JobStoreError) -> OutstandingQueue? {
        OutstandingQueue(try outstandingWork(), revision: nil)
    }
}

/// Which jobs to list.
public struct JobQuery: Sendable {
    /// nil: any.
    public var status: JobStatus?
    public var kind: String?
    public var model: String?
    /// Whose jobs; nil: everybody's.
    public var owner: String?
    /// Clamped to 1...1000.
    public var limit: Int
    /// `JobPage.nextCursor` of the page before.
    public var cursor: String?

    public init(
        status: JobStatus? = nil, kind: String? = nil, model: String? = nil, limit: Int = 50, cursor: String? = nil
    ) {
        self.status = status
        self.kind = kind
        self.model = model
        self.limit = limit
        self.cursor = cursor
    }
}

public struct JobPage: Sendable {
    public var jobs: [Job]
    /// Opaque; nil on the last page. Jobs that arrive meanwhile neither shift nor repeat what follows.
    public var nextCursor: String?

    package init(jobs: [Job], nextCursor: String?) {
        self.jobs = jobs
        self.nextCursor = nextCursor
    }
}

public struct StoredImage: Sendable {
    public var record: ImageRecord
    /// Name of the model that made it.
    public var model: String
    public var bytes: [UInt8]

    package init(record: ImageRecord, model: String, bytes: [UInt8]) {
        self.record = record
        self.model = model
        self.bytes = bytes
    }
}

public struct JobCounts: Hashable, Sendable {
    public var byStatus: [JobStatus: Int]

    public init(byStatus: [JobStatus: Int]) {
        self.byStatus = byStatus
    }

    public subscript(_ status: JobStatus) -> Int { byStatus[status] ?? 0 }
}

/// What one job still needs.
public struct OutstandingWork: Hashable, Sendable {
    public var id: JobID
    public var model: String
    public var isRunning: Bool
    /// Network evaluations (rows) that the job takes in all.
    public var plannedCalls: Int64
    /// Calls that were done as of the last save.
    public var callsDone: Int64 = 0
    /// What each of them takes (`PlannedWork.unitsPerCall`); 0 where it is not known.
    public var unitsPerCall: Int64
    public var owner = ""
    public var isLarge = false
    /// Images of the job, and of these, finished as of the last save.
    public var images = 1, imagesDone = 0
    /// Steps of each image (`PlannedWork.steps`), and steps of all images, done as of the last save.
    public var stepsPerImage: Int64 = 0, stepsDone: Int64 = 0

    package init(id: JobID, model: String, isRunning: Bool, plannedCalls: Int64, unitsPerCall: Int64) {
        (self.id, self.model, self.isRunning) = (id, model, isRunning)
        (self.plannedCalls, self.unitsPerCall) = (plannedCalls, unitsPerCall)
    }

    /// Network evaluations left.
    public var callsLeft: Int64 { max(0, plannedCalls - max(0, callsDone)) }
}

/// How fast a model is on one worker.
public struct MeasuredSpeed: Hashable, Sendable {
    /// Nanoseconds of one row of a network evaluation, whatever its size.
    public var perCall: Double
    /// Nanoseconds of a unit of work (`PlannedWork.unitsPerCall`); nil where only jobs of unknown size were measured.
    public var perUnit: Double?

    package init(perCall: Double, perUnit: Double? = nil) {
        self.perCall = perCall
        self.perUnit = perUnit
    }
}

/// How long ended jobs are kept; nil keeps for ever.
public struct RetentionPolicy: Hashable, Sendable {
    /// Jobs that ended longer ago than this go.
    public var days: Int?
    /// Bytes that requests and images may take: the oldest of the rest go until they do.
    public var bytes: Int64?
    /// How long a removed job is remembered as `gone`.
    public var tombstoneDays: Int

    public init(days: Int? = nil, bytes: Int64? = nil, tombstoneDays: Int = 365) {
        self.days = days
        self.bytes = bytes
        self.tombstoneDays = tombstoneDays
    }
}
