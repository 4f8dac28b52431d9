import HTTP
import HTTPTypes
import JSON
import Jobs
import JobsSQLite
import Locking
import Service
import Testing

/// What is answered when there is no room: in the queue, in the store, or because the store does not work.
@Suite struct FullnessTests {
    @Test func aFullQueueIs429AndTakesJobsAgainLater() async throws {
        var settings = RoutingBench.Settings()
        settings.isGated = true
        settings.queueLimit = 2
        let bench = try RoutingBench(settings)
        let running = try await bench.submit(#"{"steps":1}"#)
        try await until { await bench.get("/v1/jobs/\(running)")["status"] == "running" }
        _ = try await bench.submit(#"{"steps":1}"#)
        _ = try await bench.submit(#"{"steps":1}"#)
        let refused = await bench.post("{}")
        #expect(refused.status == 429)
        #expect(refused.isProblem)
        #expect(refused[field: "Retry-After"].flatMap { Int($0) } ?? 0 >= 1)
        #expect(await bench.get("/readyz").status == 200, "a full queue is no reason to send traffic elsewhere")
        bench.engine.open(1)
        _ = try await bench.end(of: running)
        try await until { await bench.post("{}").status == 202 }
    }

    @Test(arguments: [
        (JobStoreError.storeFull("SELECT secret"), 507, "urn:phantom:problem:store-full", "STORE_FULL"),
        (.storeUnavailable("/path/of/store"), 503, "urn:phantom:problem:unavailable", "STORE_UNAVAILABLE"),
    ])
    func aStoreThatCannotBeWrittenRefusesAndIsNotReady(_ error: JobStoreError, _ status: Int, _ type: String, _ word: String) async throws {
        let store = FailingStore(try SQLiteJobStore(inMemory: .init()))
        var settings = RoutingBench.Settings()
        settings.store = store
        let bench = try RoutingBench(settings)
        let kept = try await bench.submit()
        store.fail(error)
        let refused = await bench.post("{}")
        #expect(refused.status == status)
        #expect(refused["type"] == .string(type))
        #expect(!refused.text.contains("secret") && !refused.text.contains("/path"), "statements and paths stay in the log")
        #expect(await bench.get("/readyz").status == 503)
        #expect(await bench.get("/health")["health"]?["status"] == .string(word))
        #expect(await bench.get("/livez").status == 200)
        store.fail(nil)
        #expect(await bench.post("{}").status == 202)
        #expect(await bench.get("/v1/jobs/\(kept)").status == 200, "nothing that was accepted is lost")
    }

    /// Who waits for a job when the store fails is told of the job, and not to send it once more.
    @Test func aJobThatWasAcceptedDoesNotLookRefused() async throws {
        let store = FailingStore(try SQLiteJobStore(inMemory: .init()))
        var settings = RoutingBench.Settings()
        (settings.store, settings.isGated) = (store, true)
        let bench = try RoutingBench(settings)
        let fields: HTTPFields = [.contentType: "application/json", HTTPField.Name("Prefer")!: "wait=50"]
        let departure = Departure()
        async let waiting = bench.send(
            .post, "/v1/generations", fields, bytes: Array(#"{"steps":1}"#.utf8), departure: departure)
        try await until { await bench.get("/v1/jobs")["items"]?.array?.count == 1 }
        store.fail(.storeUnavailable("for a while"), in: .job)
        departure.happen()
        let answer = await waiting
        #expect(answer.status == 202, "\(answer.text)")
        #expect(answer[field: "Retry-After"] != nil && answer[field: "Preference-Applied"] == "wait=50")
        store.fail(nil, in: .job)
        let job = try #require(await bench.get("/v1/jobs")["items"]?.array?.first)
        #expect(answer["id"] == job["id"] && answer[field: "Location"] == job["urls"]?["self"]?.string)
    }
}

/// A store some of whose methods fail as they are told to.
final class FailingStore: JobStore {
    enum Method: Hashable, Sendable { case insert, job, image, check }

    private let inner: SQLiteJobStore
    private let failures = Lock<[Method: JobStoreError]>([:])
    /// Called once, when a job has been looked up.
    let afterLook = Lock<(@Sendable () -> Void)?>(nil)

    init(_ inner: SQLiteJobStore) { self.inner = inner }

    /// - Parameter error: nil: the method works again.
    func fail(_ error: JobStoreError?, in method: Method = .insert) { failures.withLock { $0[method] = error } }

    private func reach(_ method: Method) throws(JobStoreError) {
        if let error = failures.withLock({ $0[method] }) { throw error }
    }

    func insert(_ job: NewJob, queueLimit: Int) throws(JobStoreError) -> Submission {
        try reach(.insert)
        return try inner.insert(job, queueLimit: queueLimit)
    }

    func job(_ id: JobID) throws(JobStoreError) -> Job {
        try reach(.job)
        let job = try inner.job(id)
        let hook = afterLook.withLock { hook in
            defer { hook = nil }
            return hook
        }
        hook?()
        return job
    }
    func jobs(_ query: JobQuery) throws(JobStoreError) -> JobPage { try inner.jobs(query) }
    func image(_ index: Int, of id: JobID) throws(JobStoreError) -> StoredImage {
        try reach(.image)
        return try inner.image(index, of: id)
    }
    func images(_ query: ImageQuery) throws(JobStoreError) -> ImagePage { try inner.images(query) }
    func occurrences(_ query: OccurrenceQuery) throws(JobStoreError) -> [JobOccurrence] { try inner.occurrences(query) }
    func latestOccurrence() throws(JobStoreError) -> Int64 { try inner.latestOccurrence() }
    func pin(_ id: JobID, _ isPinned: Bool, by actor: String, ifStored stored: Int64?) throws(JobStoreError) -> Job { try inner.pin(id, isPinned, by: actor, ifStored: stored) }
    func input(digest: String, owner: String?) throws(JobStoreError) -> JobInput? { try inner.input(digest: digest, owner: owner) }
    func owner(of id: JobID) throws(JobStoreError) -> String { try inner.owner(of: id) }
    func audit(after sequence: Int64, limit: Int) throws(JobStoreError) -> [AuditEntry] { try inner.audit(after: sequence, limit: limit) }
    func counts() throws(JobStoreError) -> JobCounts { try inner.counts() }
    func outstandingWork() throws(JobStoreError) -> [OutstandingWork] { try inner.outstandingWork() }
    func measuredRates() throws(JobStoreError) -> [String: MeasuredSpeed] { try inner.measuredRates() }
    func recover() throws(JobStoreError) -> [JobID] { try inner.recover() }
    func lease(_ places: LeasePlaces) throws(JobStoreError) -> [JobLease] { try inner.lease(places) }
    func begin(_ leases: [JobLease]) throws(JobStoreError) { try inner.begin(leases) }
    func renew(_ leases: [JobLease]) throws(JobStoreError) -> [JobID] { try inner.renew(leases) }
    func save(_ checkpoints: [JobCheckpoint]) throws(JobStoreError) -> [JobID] { try inner.save(checkpoints) }
    func finish(_ checkpoint: JobCheckpoint) throws(JobStoreError) { try inner.finish(checkpoint) }
    func fail(_ lease: JobLease, problem: [UInt8], usage: JobUsage) throws(JobStoreError) {
        try inner.fail(lease, problem: problem, usage: usage)
    }
    func release(_ leases: [JobLease]) throws(JobStoreError) { try inner.release(leases) }
    func cancel(_ id: JobID, usage: JobUsage?, by actor: String, ifStored stored: Int64?) throws(JobStoreError) -> Job { try inner.cancel(id, usage: usage, by: actor, ifStored: stored) }
    func delete(_ id: JobID, by actor: String, ifStored stored: Int64?) throws(JobStoreError) { try inner.delete(id, by: actor, ifStored: stored) }
    func sweep(_ policy: RetentionPolicy) throws(JobStoreError) -> Int { try inner.sweep(policy) }
    func checkWritable() throws(JobStoreError) {
        try reach(.check)
        try inner.checkWritable()
    }
    func observe(_ body: @escaping @Sendable (StoreEvent) -> Void) -> StoreObservation { inner.observe(body) }
    func close() throws(JobStoreError) { try inner.close() }
}
