import Jobs
import JobsFakeEngine
import JobsSQLite
import Locking
import Testing

@Suite struct StoreSweepTests {
    /// Several portions; many jobs end in the same millisecond, and the last to be kept is one of these.
    @Test func theOldestOfManyMakeRoom() throws {
        let writes = Lock(0)
        let fixture = try StoreFixture(.memory) { $0.beforeCommit = { writes.withLock { $0 += 1 } } }
        let jobs = try fixture.insert(430)
        for (number, lease) in try fixture.store.lease(limit: 430).enumerated() {
            if number % 50 == 0 { fixture.clock.advance(milliseconds: 1) }
            try fixture.store.fail(lease, problem: [], usage: lease.job.usage)
        }
        // The order of their ends is that of their acceptance.
        let each: Int64 = 1_000
        _ = try fixture.store.inspect("UPDATE jobs SET stored_bytes = \(each)")
        writes.withLock { $0 = 0 }
        #expect(try fixture.store.sweep(RetentionPolicy(bytes: 75 * each)) == 355)
        #expect(try fixture.store.jobs(JobQuery(limit: 1000)).jobs.map(\.id) == jobs.suffix(75).reversed().map(\.id))
        // The tombstones, four portions, and the look that finds no more; each gives pages back.
        #expect(writes.withLock { $0 } <= 12)
        #expect(try fixture.store.sweep(RetentionPolicy(bytes: 0)) == 75)
    }
}
