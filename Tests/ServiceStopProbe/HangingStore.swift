import Foundation
import Jobs
import JobsSQLite

func hang() -> Never {
    while true { sleep(1_000_000) }
}

/// A store of which one method never returns, as on a disk that has gone.
final class HangingStore: JobStore {
    private let store: SQLiteJobStore
    private let method: String

    init(_ store: SQLiteJobStore, hangsIn method: String) {
        self.store = store
        self.method = method
    }

    private func reach(_ name: String = #function) {
        if name.prefix(while: { $0 != "(" }) == method { hang() }
    }

    func insert(_ job: NewJob, queueLimit: Int) throws(JobStoreError) -> Submission {
        reach()
        return try store.insert(job, queueLimit: queueLimit)
    }

    func job(_ id: JobID) throws(JobStoreError) -> Job {
        reach()
        return try store.job(id)
    }

    func jobs(_ query: JobQuery) throws(JobStoreError) -> JobPage {
        reach()
        return try store.jobs(query)
    }

    func image(_ index: Int, of id: JobID) throws(JobStoreError) -> StoredImage {
        reach()
        return try store.image(index, of: id)
    }

    func images(_ query: ImageQuery) throws(JobStoreError) -> ImagePage {
        reach()
        return try store.images(query)
    }

    func occurrences(_ query: OccurrenceQuery) throws(JobStoreError) -> [JobOccurrence] {
        reach()
        return try store.occurrences(query)
    }

    func latestOccurrence() throws(JobStoreError) -> Int64 {
        reach()
        return try store.latestOccurrence()
    }

    func pin(
        _ id: JobID, _ isPinned: Bool, by actor: String, ifStored stored: Int64?
    ) throws(JobStoreError) -> Job {
        reach()
        return try store.pin(id, isPinned, by: actor, ifStored: stored)
    }

    func input(digest: String, owner: String?) throws(JobStoreError) -> JobInput? {
        reach()
        return try store.input(digest: digest, owner: owner)
    }

    func owner(of id: JobID) throws(JobStoreError) -> String {
        reach()
        return try store.owner(of: id)
    }

    func audit(after sequence: Int64, limit: Int) throws(JobStoreError) -> [AuditEntry] {
        reach()
        return try store.audit(after: sequence, limit: limit)
    }

    func counts() throws(JobStoreError) -> JobCounts {
        reach()
        return try store.counts()
    }

    func outstandingWork() throws(JobStoreError) -> [OutstandingWork] {
        reach()
        return try store.outstandingWork()
    }

    func measuredRates() throws(JobStoreError) -> [String: MeasuredSpeed] {
        reach()
        return try store.measuredRates()
    }

    func recover() throws(JobStoreError) -> [JobID] {
        reach()
        return try store.recover()
    }

    func lease(_ places: LeasePlaces) throws(JobStoreError) -> [JobLease] {
        reach()
        return try store.lease(places)
    }

    func begin(_ leases: [JobLease]) throws(JobStoreError) {
        reach()
        try store.begin(leases)
    }

    func renew(_ leases: [JobLease]) throws(JobStoreError) -> [JobID] {
        reach()
        return try store.renew(leases)
    }

    func save(_ checkpoints: [JobCheckpoint]) throws(JobStoreError) -> [JobID] {
        reach()
        return try store.save(checkpoints)
    }

    func finish(_ checkpoint: JobCheckpoint) throws(JobStoreError) {
        reach()
        try store.finish(checkpoint)
    }

    func fail(_ lease: JobLease, problem: [UInt8], usage: JobUsage) throws(JobStoreError) {
        reach()
        try store.fail(lease, problem: problem, usage: usage)
    }

    func release(_ leases: [JobLease]) throws(JobStoreError) {
        reach()
        try store.release(leases)
    }

    func cancel(
        _ id: JobID, usage: JobUsage?, by actor: String, ifStored stored: Int64?
    ) throws(JobStoreError) -> Job {
        reach()
        return try store.cancel(id, usage: usage, by: actor, ifStored: stored)
    }

    func delete(_ id: JobID, by actor: String, ifStored stored: Int64?) throws(JobStoreError) {
        reach()
        try store.delete(id, by: actor, ifStored: stored)
    }

    func sweep(_ policy: RetentionPolicy) throws(JobStoreError) -> Int {
        reach()
        return try store.sweep(policy)
    }

    func checkWritable() throws(JobStoreError) {
        reach()
        try store.checkWritable()
    }

    func observe(_ body: @escaping @Sendable (StoreEvent) -> Void) -> StoreObservation {
        reach()
        return store.observe(body)
    }

    func close() throws(JobStoreError) {
        reach()
        try store.close()
    }
}
