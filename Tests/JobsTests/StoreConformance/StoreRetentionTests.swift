import Jobs
import JobsFakeEngine
import Testing

/// How long ended jobs are kept.
@Suite struct StoreRetentionTests {
    /// Ends one job per entry, each with an image of that many bytes, a day apart; the requests take 11 bytes each.
    private func endedJobs(_ fixture: ConformanceFixture, _ sizes: [Int]) throws -> [JobID] {
        try sizes.map { size in
            let id = try fixture.store.insert(FakeRequest(seed: 1).newJob(), queueLimit: 5).job.id
            let lease = try fixture.leaseOne()
            var checkpoint = lease.checkpoint(images: 0..<1)
            checkpoint.finished[0]?.output.bytes = Array(repeating: 7, count: size)
            try fixture.store.finish(checkpoint)
            fixture.clock.advance(milliseconds: 86_400_000)
            return id
        }
    }

    @Test(arguments: StoreKind.allCases) func oldJobsExpire(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let ids = try endedJobs(fixture, [1, 1, 1, 1])
        let waiting = try fixture.insert(1)[0].id
        #expect(try fixture.store.sweep(RetentionPolicy(days: 100)) == 0)
        // The jobs ended 4, 3, 2 and 1 days ago, and 10 ms.
        #expect(try fixture.store.sweep(RetentionPolicy(days: 3)) == 2)
        #expect(throws: JobStoreError.gone(ids[0], why: .expired, at: fixture.clock.now)) {
            try fixture.store.job(ids[0])
        }
        #expect(throws: JobStoreError.gone(ids[1], why: .expired, at: fixture.clock.now)) {
            try fixture.store.job(ids[1])
        }
        #expect(try fixture.store.job(ids[2]).status == .succeeded)
        fixture.clock.advance(milliseconds: 11 * 86_400_000)
        #expect(try fixture.store.sweep(RetentionPolicy(tombstoneDays: 10)) == 0)
        #expect(throws: JobStoreError.notFound(ids[0])) { try fixture.store.job(ids[0]) }
        // Whatever their age, jobs that have not ended stay.
        #expect(try fixture.store.sweep(RetentionPolicy(days: 0, bytes: 0)) == 2)
        #expect(try fixture.store.job(waiting).status == .queued)
    }

    @Test(arguments: StoreKind.allCases) func theOldestJobsMakeRoom(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let ids = try endedJobs(fixture, [300, 200, 100])
        // What was asked for and what is run, the same bytes here.
        let request = 2 * FakeRequest(seed: 1).bytes.count
        let two = Int64(300 + 2 * request)
        #expect(try fixture.store.sweep(RetentionPolicy(bytes: two + 300)) == 1)
        #expect(try fixture.store.sweep(RetentionPolicy(bytes: two)) == 0)
        #expect(try fixture.store.sweep(RetentionPolicy(bytes: two - 1)) == 1)
        #expect(try fixture.store.jobs(JobQuery()).jobs.map(\.id) == [ids[2]])
    }

    /// More days than there have been, or can be counted: nothing is so old.
    @Test(arguments: StoreKind.allCases, [Int.max, .max / 86_400_000, 1_000_000_000])
    func daysBeyondAllKeepEverything(_ kind: StoreKind, _ days: Int) throws {
        let fixture = try ConformanceFixture(kind)
        let ids = try endedJobs(fixture, [1, 1])
        try fixture.store.delete(ids[0])
        #expect(try fixture.store.sweep(RetentionPolicy(days: days, tombstoneDays: days)) == 0)
        #expect(try fixture.store.job(ids[1]).status == .succeeded)
        let gone = #expect(throws: JobStoreError.self) { try fixture.store.job(ids[0]) }
        guard case .gone = gone else {
            Issue.record("\(String(describing: gone))")
            return
        }
    }
}
