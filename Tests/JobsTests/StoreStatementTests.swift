import Foundation
import Jobs
import JobsFakeEngine
import JobsSQLite
import Locking
import Testing

/// Statements of the store in SQLite are compiled once a connection, counted by what SQLite itself says of them.
@Suite struct StoreStatementTests {
    /// Whether SQLite was built with the table of its statements, as Debian's is.
    static let isTold = (try? SQLiteJobStore(inMemory: .init()).inspect("SELECT 1 FROM sqlite_stmt LIMIT 1")) != nil

    @Test(.enabled(if: isTold, "SQLite tells nothing of its statements"))
    func whatIsRunTwiceIsCompiledOnce() throws {
        let runs = Lock<[String: Int]>([:])
        // One connection, which both reads and writes.
        let fixture = try StoreFixture(.memory) { configuration in
            configuration.onStatement = { sql in runs.withLock { $0[sql, default: 0] += 1 } }
        }
        // What opening a store takes is run once.
        runs.withLock { $0 = [:] }
        for number in 0..<2 { try Self.use(fixture, number) }
        let kept = try Self.kept(fixture.store)
        try Self.use(fixture, 2)
        // Neither a limit nor a cursor nor an id is part of a statement's text.
        #expect(try Set(Self.kept(fixture.store).keys).subtracting(kept.keys).subtracting([Self.question]) == [])

        let own = ["BEGIN", "COMMIT", "ROLLBACK", "--", "PRAGMA incremental_vacuum", Self.question]
        let counted = runs.withLock { $0 }.filter { run in run.value > 1 && !own.contains { run.key.hasPrefix($0) } }
        let compiled = try Self.kept(fixture.store)
        #expect(counted.count > 60)
        // Of a statement whose triggers act, SQLite counts these as well.
        for (sql, count) in counted { #expect(compiled[sql] ?? 0 >= count, "compiled again each time: \(sql)") }
    }

    /// Of every method of the store what it does.
    private static func use(_ fixture: StoreFixture, _ number: Int) throws {
        let store = fixture.store
        var new = FakeRequest(seed: UInt64(number), images: 2).newJob(key: "\(number)")
        (new.owner, new.quota.queued) = ("a", 100)
        new.inputs = [JobInput(name: "image", digest: "\(number)", mediaType: "image/png", bytes: [1])]
        new.labels = [JobLabel(name: "view", value: "PA"), JobLabel(name: "sex", value: "F")]
        new.callback = JobCallback(url: "https://example.org", events: [.succeeded, .cancelled])
        for _ in 0..<2 { _ = try store.insert(new, queueLimit: 100) }
        _ = try fixture.insert(3)
        try look(fixture, number)

        let lease = try fixture.leaseOne()
        _ = try store.renew([lease])
        _ = try store.save([lease.checkpoint(step: 1)])
        try store.release([lease])
        _ = try store.lease(LeasePlaces(small: 1, large: 1, without: ["nobody"]))
        fixture.clock.advance(milliseconds: 3_600_000)
        _ = try store.recover()
        for lease in try store.lease(limit: 100) {
            if lease.job.progress.images == 2 {
                try store.finish(lease.checkpoint(images: 0..<2))
            } else {
                try store.fail(lease, problem: [], usage: lease.job.usage)
            }
        }
        for job in try fixture.insert(2) { _ = try store.cancel(job.id, usage: nil) }
        try look(fixture, number)
        try end(fixture, number)
    }

    /// Reads all there is, in pages that are never of the same size.
    private static func look(_ fixture: StoreFixture, _ number: Int) throws {
        let store = fixture.store
        for status in JobStatus.allCases { _ = try store.jobs(JobQuery(status: status, limit: 3 + number)) }
        let page = try store.jobs(JobQuery(limit: 2 + number))
        _ = try store.jobs(JobQuery(limit: 4, cursor: page.nextCursor))
        for job in page.jobs {
            _ = try (store.job(job.id), store.owner(of: job.id))
            _ = try? store.image(0, of: job.id)
        }
        for labels in [[], [JobLabel(name: "view", value: "PA")]] {
            let images = try store.images(ImageQuery(labels: labels, limit: 1 + number))
            _ = try store.images(ImageQuery(labels: labels, limit: 3, cursor: images.nextCursor))
        }
        _ = try store.occurrences(OccurrenceQuery(after: Int64(number), limit: 5 + number))
        _ = try (store.latestOccurrence(), store.input(digest: "\(number)"), store.audit(after: 0, limit: 2 + number))
        _ = try (store.counts(), store.outstandingQueue(since: nil), store.outstandingWork(), store.measuredRates())
    }

    private static func end(_ fixture: StoreFixture, _ number: Int) throws {
        let store = fixture.store
        for job in try store.jobs(JobQuery(limit: 2)).jobs {
            _ = try (store.pin(job.id, true), store.pin(job.id, false))
            try store.delete(job.id)
            _ = try? store.job(job.id)
        }
        let outbox = try #require(store.outbox)
        let due = try outbox.dueDeliveries(at: Timestamp(milliseconds: .max / 2), limit: 4 + number)
        for (delivery, fate) in zip(due, [DeliveryFate.over, .again(at: fixture.clock.now)]) { try outbox.settle(delivery, fate) }
        fixture.clock.advance(milliseconds: 86_400_000)
        try store.checkWritable()
        _ = try store.sweep(RetentionPolicy(days: 30, bytes: Int64(number)))
    }

    private static let question = "SELECT json_group_object(sql, run)"

    /// The statements that the connection keeps, and how often each has been run.
    private static func kept(_ store: SQLiteJobStore) throws -> [String: Int] {
        let text = try #require(try store.inspect("\(question) FROM sqlite_stmt"))
        return try JSONDecoder().decode([String: Int].self, from: Data(text.utf8))
    }
}
