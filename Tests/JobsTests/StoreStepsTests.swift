import Foundation
import GRDB
import Jobs
import JobsFakeEngine
import JobsSQLite
import Locking
import Testing

/// What is done with jobs that have not ended, and for streams that have kept up, costs as much as there are of these,
/// however many jobs have ended: counted in steps of SQLite's machine. So it is with failed ones among many.
@Suite struct StoreStepsTests {
    @Test(.enabled(if: StoreStatementTests.isTold, "SQLite tells nothing of its statements"))
    func endedJobsCostNothing() throws {
        let few = try Self.steps(ended: 40), many = try Self.steps(ended: 800)
        #expect(many.values.count { $0 > 0 } > 30)
        for (sql, count) in many where count > 2 * few[sql, default: 0] + 20 {
            Issue.record("\(count) steps with 800 jobs that have ended, \(few[sql, default: 0]) with 40: \(sql)")
        }
    }

    /// Each minute all jobs that are kept are added up: without a look at their rows, which hold their requests.
    @Test func whatJobsTakeIsAddedUpFromAnIndex() throws {
        let told = Lock<[String]>([])
        let fixture = try StoreFixture { $0.onStatement = { sql in told.withLock { $0.append(sql) } } }
        _ = try fixture.store.sweep(RetentionPolicy(bytes: 1))
        let sql = try #require(told.withLock { $0 }.first { $0.contains("stored_bytes FROM jobs") })
        let raw = try DatabaseQueue(path: fixture.folder.storePath)
        let plan = try raw.read { db in try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(sql)").map { $0["detail"] as String } }
        #expect(plan.count == 1 && plan[0].contains("COVERING INDEX jobs_by_end"), "\(plan)")
    }

    /// The steps of each statement, beside so many jobs that have ended: all of one owner, one model and one kind.
    private static func steps(ended count: Int) throws -> [String: Int] {
        let fixture = try StoreFixture(.memory), store = fixture.store
        for number in 0..<count {
            let job = try insert(fixture, number)
            if number % 2 == 0 {
                try store.finish(try fixture.leaseOne().checkpoint(images: 0..<1))
            } else {
                _ = try store.cancel(job.id, usage: nil)
            }
        }
        let before = try told(store)
        try use(fixture, count)
        return try told(store).reduce(into: [:]) { $0[$1.key] = $1.value - before[$1.key, default: 0] }
    }

    private static func insert(_ fixture: StoreFixture, _ number: Int) throws -> Job {
        var new = FakeRequest(seed: UInt64(number)).newJob(key: "\(number)")
        (new.owner, new.quota.queued) = ("ann", 100)
        new.labels = [JobLabel(name: "view", value: "PA")]
        fixture.clock.advance(milliseconds: 10)
        return try fixture.store.insert(new, queueLimit: 100).job
    }

    /// Jobs are accepted, looked at, run and cancelled.
    private static func use(_ fixture: StoreFixture, _ first: Int) throws {
        let store = fixture.store, latest = try store.latestOccurrence()
        let jobs = try (first..<first + 6).map { try insert(fixture, $0) }
        _ = try store.cancel(jobs[1].id, usage: nil)
        try list(store)
        let leases = try store.lease(LeasePlaces(small: 3, large: 1, models: ["model0"], without: ["bob"]))
        #expect(leases.count == 3)
        try store.begin(leases)
        try list(store)
        _ = try (store.renew(leases), store.save([leases[0].checkpoint(step: 1)]))
        try store.release([leases[0]])
        try store.finish(leases[1].checkpoint(images: 0..<1))
        try store.fail(leases[2], problem: [], usage: leases[2].job.usage)
        _ = try store.lease(limit: 1)
        fixture.clock.advance(milliseconds: 3_600_000)
        #expect(try store.recover().count == 1)
        _ = try (store.outstandingWork(), store.outstandingQueue(since: nil))
        // What a stream of one owner looks at that has kept up, and a page of it from the beginning.
        #expect(try store.occurrences(OccurrenceQuery(after: latest, owner: "ann", limit: 32)).count == 4)
        #expect(try store.occurrences(OccurrenceQuery(after: 0, owner: "ann", limit: 32)).count == 32)
        #expect(try store.occurrences(OccurrenceQuery(after: latest, job: jobs[1].id)).count == 1)
        _ = try store.pin(jobs[1].id, true)
        try store.delete(jobs[1].id)
    }

    /// Lists of jobs that have not ended, and of those that have failed: none had, before.
    private static func list(_ store: SQLiteJobStore) throws {
        for status in [JobStatus.queued, .running, .failed] {
            var query = JobQuery(status: status, limit: 3)
            query.owner = "ann"
            let page = try store.jobs(query)
            query.cursor = page.nextCursor
            _ = try store.jobs(query)
            for kind in [nil, "generation"] {
                for model in [nil, "model0"] { _ = try store.jobs(JobQuery(status: status, kind: kind, model: model, limit: 3)) }
            }
        }
    }

    /// Steps of each statement that the connection keeps, since it was compiled.
    private static func told(_ store: SQLiteJobStore) throws -> [String: Int] {
        let text = try #require(try store.inspect("SELECT json_group_object(sql, steps) FROM (SELECT sql, sum(nstep) AS steps FROM sqlite_stmt GROUP BY sql)"))
        return try JSONDecoder().decode([String: Int].self, from: Data(text.utf8))
    }
}
