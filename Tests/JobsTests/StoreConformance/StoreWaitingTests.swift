import Jobs
import JobsFakeEngine
import Testing

/// A job waits until something of it is computed (`JobRules.status`), wherever those that wait are counted or listed.
@Suite struct StoreWaitingTests {
    private func expect(_ waiting: [JobID], running: [JobID], in store: any JobStore) throws {
        let counts = try store.counts()
        #expect(counts[.queued] == waiting.count && counts[.running] == running.count)
        #expect(try store.jobs(JobQuery(status: .queued)).jobs.map(\.id) == waiting.sorted { "\($0)" > "\($1)" })
        #expect(try store.jobs(JobQuery(status: .running)).jobs.map(\.id) == running)
        #expect(try waiting.map { try store.job($0).queuePosition } == Array(1...waiting.count))
        #expect(throws: JobStoreError.queueFull(limit: 1, queued: waiting.count)) {
            try store.insert(FakeRequest(seed: 1).newJob(), queueLimit: 1)
        }
        var new = FakeRequest(seed: 1).newJob()
        new.quota = JobQuota(queued: waiting.count)
        let refusal = #expect(throws: JobStoreError.self) { try store.insert(new, queueLimit: 99) }
        guard case .overQuota(let quota) = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        #expect(quota.remaining == 0 && quota.dimension == .queued)
    }

    @Test(arguments: StoreKind.allCases) func whatWaitsIsTheSameEverywhere(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind), store = fixture.store
        let ids = try fixture.insert(6).map(\.id)
        let leases = try store.lease(limit: 4)
        try expect(ids, running: [], in: store)
        try store.begin(Array(leases[..<3]))
        try expect(Array(ids[3...]), running: [ids[2], ids[1], ids[0]], in: store)
        try store.finish(leases[0].checkpoint(images: 0..<1))
        _ = try store.cancel(ids[3], usage: nil)
        try store.release([leases[2]])
        try expect([ids[2], ids[4], ids[5]], running: [ids[1]], in: store)
    }
}
