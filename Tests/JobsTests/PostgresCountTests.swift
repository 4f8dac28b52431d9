import Dispatch
import Jobs
import JobsFakeEngine
import Locking
import TestSupport
import Testing

@testable import JobsPostgres

/// How many jobs there are, without a look at all of them.
@Suite(.enabled(if: PostgresServer.whyNot == nil, "PostgreSQL is not installed (Debian: postgresql)"))
struct PostgresCountTests {
    private let tables = PostgresTables()

    /// Each process that answers counts every second: not by reading all that there is.
    @Test func countsAreReadFromIndices() throws {
        let store = try tables.open()
        _ = try store.inspect(
            """
            INSERT INTO jobs (id, kind, model, weights_sha256, request, created_at, finished_at, images, steps, planned_calls,
                call_units, is_large, stored_bytes, status, lease)
            SELECT '00000000-0000-7000-8000-' || lpad(n::text, 12, '0'), 'k', 'm', 'w', convert_to(repeat('r', 500), 'UTF8'), 1,
                CASE WHEN n > 20 THEN 2 END, 1, 1, 1, 1, false, 1,
                CASE WHEN n <= 10 THEN 'queued' WHEN n <= 20 THEN 'running' WHEN n % 2 = 0 THEN 'failed' ELSE 'succeeded' END,
                CASE WHEN n > 10 AND n <= 20 THEN n::text END
            FROM generate_series(1, 20000) AS n
            """)
        _ = try store.inspect("UPDATE jobs SET has_begun = true WHERE status = 'running' AND ordinal % 2 = 0")
        _ = try store.inspect("VACUUM ANALYZE jobs")
        #expect(try store.counts() == JobCounts(byStatus: [.queued: 15, .running: 5, .failed: 9_990, .succeeded: 9_990]))
        for statement in [PostgresJobStore.countOfOpen, PostgresJobStore.countOfEnded] {
            let plan = try store.read { connection in try connection.run("EXPLAIN \(statement)").rows.map { $0.text("QUERY PLAN") } }
            #expect(plan.contains { $0.contains("jobs") } && !plan.contains { $0.contains("Seq Scan on jobs") }, "\(plan)")
        }
    }

    @Test func whatTakesLongToCountIsCountedSeldom() throws {
        for (few, counted) in [(3, 3), (2, 1)] {
            let ended = EndedCounts(few: few), times = Lock(0)
            for _ in 0..<3 {
                let counts = try ended.current { () throws(JobStoreError) in
                    _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(100))
                    return [.succeeded: times.withLock { $0 += 1; return 2 }, .failed: 1]
                }
                #expect(counts == [.succeeded: 2, .failed: 1])
            }
            #expect(times.withLock { $0 } == counted)
        }
    }
}
