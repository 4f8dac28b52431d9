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
    ///   - stored: the `JobVersion.stored` of the job that is to be cancelled; nil: whatever it is. Compared in the
    ///     transaction that changes the job, by this method and the two below; what has been done already, and changes
    ///     nothing, is answered whatever was expected (RFC 9110 section 13.1.1).
    /// - Throws: `notFound`, `gone`, `changed`, `storeFull`, `storeUnavailable`.
    func cancel(_ id: JobID, usage: JobUsage?, by actor: String, ifStored stored: Int64?) throws(JobStoreError) -> Job

    /// Removes a job that has ended and leaves a tombstone, so that asking for it says `gone`.
    /// - Throws: `notFound`, `gone`, `notTerminal`, `changed`, `storeUnavailable`.
    func delete(_ id: JobID, by actor: String, ifStored stored: Int64?) throws(JobStoreError)

    /// Keeps a job from the retention policy, or no longer.
    /// - Throws: `notFound`, `gone`, `changed`, `storeFull`, `storeUnavailable`.
    func pin(_ id: JobID, _ isPinned: Bool, by actor: String, ifStored stored: Int64?) throws(JobStoreError) -> Job

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
