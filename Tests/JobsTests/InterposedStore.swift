import Jobs
import JobsSQLite
import Locking

/// A store that does something between a lease, or a save, and the moment the pool learns of it, or before an end is written.
final class InterposedStore: JobStore {
    private let store: SQLiteJobStore
    let afterLease = Lock<(@Sendable ([JobLease]) -> Void)?>(nil)
    /// Called once.
    let afterSave = Lock<(@Sendable () -> Void)?>(nil)
    /// May take its time, or refuse.
    let beforeEnd = Lock<(@Sendable () throws(JobStoreError) -> Void)?>(nil)

    init(_ store: SQLiteJobStore) {
        self.store = store
    }

    func begin(_ leases: [JobLease]) throws(JobStoreError) { try store.begin(leases) }
    func lease(_ places: LeasePlaces) throws(JobStoreError) -> [JobLease] {
        let leases = try store.lease(places)
        if !leases.isEmpty { afterLease.withLock { $0 }?(leases) }
        return leases
    }

    func insert(_ job: NewJob, queueLimit: Int) throws(JobStoreError) -> Submission {
        try store.insert(job, queueLimit: queueLimit)
    }
    func job(_ id: JobID) throws(JobStoreError) -> Job { try store.job(id) }
    func jobs(_ query: JobQuery) throws(JobStoreError) -> JobPage { try store.jobs(query) }
    func image(_ index: Int, of id: JobID) throws(JobStoreError) -> StoredImage { try store.image(index, of: id) }
    func images(_ query: ImageQuery) throws(JobStoreError) -> ImagePage { try store.images(query) }
    func occurrences(_ query: OccurrenceQuery) throws(JobStoreError) -> [JobOccurrence] { try store.occurrences(query) }
    func latestOccurrence() throws(JobStoreError) -> Int64 { try store.latestOccurrence() }
    func pin(_ id: JobID, _ isPinned: Bool, by actor: String, ifStored stored: Int64?) throws(JobStoreError) -> Job { try store.pin(id, isPinned, by: actor, ifStored: stored) }
    func input(digest: String, owner: String?) throws(JobStoreError) -> JobInput? { try store.input(digest: digest, owner: owner) }
    func owner(of id: JobID) throws(JobStoreError) -> String { try store.owner(of: id) }
    func audit(after sequence: Int64, limit: Int) throws(JobStoreError) -> [AuditEntry] { try store.audit(after: sequence, limit: limit) }
    func counts() throws(JobStoreError) -> JobCounts { try store.counts() }
    func outstandingWork() throws(JobStoreError) -> [OutstandingWork] { try store.outstandingWork() }
    func measuredRates() throws(JobStoreError) -> [String: MeasuredSpeed] { try store.measuredRates() }
    func recover() throws(JobStoreError) -> [JobID] { try store.recover() }
    func renew(_ leases: [JobLease]) throws(JobStoreError) -> [JobID] { try store.renew(leases) }
    func save(_ checkpoints: [JobCheckpoint]) throws(JobStoreError) -> [JobID] {
        let lost = try store.save(checkpoints)
        let hook = afterSave.withLock { hook in
            defer { hook = nil }
            return hook
        }
        hook?()
        return lost
    }
    func finish(_ checkpoint: JobCheckpoint) throws(JobStoreError) {
        try beforeEnd.withLock { $0 }?()
        try store.finish(checkpoint)
    }
    func fail(_ lease: JobLease, problem: [UInt8], usage: JobUsage) throws(JobStoreError) {
        try beforeEnd.withLock { $0 }?()
        try store.fail(lease, problem: problem, usage: usage)
    }
    func release(_ leases: [JobLease]) throws(JobStoreError) { try store.release(leases) }
    func cancel(_ id: JobID, usage: JobUsage?, by actor: String, ifStored stored: Int64?) throws(JobStoreError) -> Job { try store.cancel(id, usage: usage, by: actor, ifStored: stored) }
    func delete(_ id: JobID, by actor: String, ifStored stored: Int64?) throws(JobStoreError) { try store.delete(id, by: actor, ifStored: stored) }
    func sweep(_ policy: RetentionPolicy) throws(JobStoreError) -> Int { try store.sweep(policy) }
    func checkWritable() throws(JobStoreError) { try store.checkWritable() }
    func observe(_ body: @escaping @Sendable (StoreEvent) -> Void) -> StoreObservation { store.observe(body) }
    func close() throws(JobStoreError) { try store.close() }
}
