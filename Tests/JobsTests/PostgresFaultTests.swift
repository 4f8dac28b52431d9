import Jobs
import JobsFakeEngine
import Locking
import TestSupport
import Testing

@testable import JobsPostgres

/// What the server refuses, forgets or was told by strangers.
@Suite(.enabled(if: PostgresServer.whyNot == nil, "PostgreSQL is not installed (Debian: postgresql)"))
struct PostgresFaultTests {
    private let tables = PostgresTables()

    /// A statement that the server refuses in the middle of a flight is refused at once; nobody waits as for a server that
    /// is away.
    @Test func aRefusalIsNoOutage() throws {
        let outages = Lock<[String?]>([])
        let store = try tables.open { settings in
            settings.patience = .seconds(60)
            settings.onOutage = { problem in outages.withLock { $0.append(problem) } }
        }
        _ = try store.inspect("ALTER TABLE jobs ADD CONSTRAINT odd CHECK (kind <> 'odd')")
        var job = FakeRequest(seed: 1).newJob()
        job.kind = "odd"
        let start = ContinuousClock.now
        let error = #expect(throws: JobStoreError.self) { try store.insert(job, queueLimit: 9) }
        #expect("\(String(describing: error))".contains("odd") && start.duration(to: .now) < .seconds(30))
        #expect(outages.withLock { $0 } == [])
        // The connection is as good as before.
        #expect(try store.insert(FakeRequest(seed: 2).newJob(), queueLimit: 9).isNew)
    }

    /// Of two transactions by which jobs are leased only the first is answered: what it has given is known.
    @Test func whatWasLeasedIsKeptWhenTheRestCannotBe() throws {
        let answers = Lock<Int?>(nil)
        let store = try tables.open { settings in
            settings.patience = .milliseconds(100)
            settings.losesAnswer = { answers.withLock { left in left.map { left = $0 - 1; return $0 <= 0 } ?? false } }
        }
        let ids = try (0..<2).map { try store.insert(FakeRequest(seed: $0, steps: 6).newJob(), queueLimit: 9).job.id }
        // One that is under way already is not leased by the statement for those that are new.
        let begun = try store.lease(limit: 1)
        #expect(try store.save(begun.map { $0.checkpoint(step: 1) }).isEmpty)
        try store.release(begun)
        answers.withLock { $0 = 1 }
        let leases = try store.lease(limit: 2)
        answers.withLock { $0 = nil }
        #expect(begun.map(\.job.id) == [ids[0]] && leases.map(\.job.id) == [ids[1]])
        for lease in leases { try store.finish(lease.checkpoint(images: 0..<1)) }
        #expect(try store.job(ids[1]).status == .succeeded)
    }

    /// A commit whose answer was lost has changed the job, and is no other change than the one that was asked for.
    @Test func whatWasDoneIsNoChangeByOthers() throws {
        let isLost = Lock(false)
        let store = try tables.open { settings in
            settings.losesAnswer = { isLost.withLock { isLost in defer { isLost = false }; return isLost } }
        }
        let job = try store.insert(FakeRequest(seed: 1).newJob(), queueLimit: 9).job
        isLost.withLock { $0 = true }
        let pinned = try store.pin(job.id, true, by: "", ifStored: job.version.stored)
        isLost.withLock { $0 = true }
        let ended = try store.cancel(job.id, usage: nil, by: "", ifStored: pinned.version.stored)
        isLost.withLock { $0 = true }
        try store.delete(job.id, by: "", ifStored: ended.version.stored)
        #expect(pinned.isPinned && ended.status == .cancelled && !isLost.withLock { $0 })
        #expect(try store.audit(after: 0, limit: 9).map(\.event.act.action) == [.submit, .pin, .cancel, .delete])
    }

    /// What is remembered of an end that could not be written goes when another has the job.
    @Test func anEndThatIsAnothersIsForgotten() throws {
        let store = try tables.open()
        let id = try store.insert(FakeRequest(seed: 1).newJob(), queueLimit: 9).job.id
        let lease = try #require(try store.lease(limit: 1).first)
        _ = try store.inspect("ALTER TABLE jobs ADD CONSTRAINT odd CHECK (status <> 'succeeded')")
        let error = #expect(throws: JobStoreError.self) { try store.finish(lease.checkpoint(images: 0..<1)) }
        #expect(error?.isPassing == true && store.uncertain.withLock { $0 } == [lease.token])
        _ = try store.inspect("ALTER TABLE jobs DROP CONSTRAINT odd")
        _ = try store.inspect("UPDATE jobs SET lease_expires_at = 1")
        #expect(try store.recover() == [id])
        let next = try #require(try store.lease(limit: 1).first)
        #expect(throws: JobStoreError.leaseLost(id)) { try store.finish(lease.checkpoint(images: 0..<1)) }
        try store.finish(next.checkpoint(images: 0..<1))
        #expect(store.uncertain.withLock { $0 } == [])
    }

    /// Somebody has written into rows: what lies beyond all that can be counted, or told, is taken to its end.
    @Test func rowsOfStrangersAreRead() throws {
        let store = try tables.open()
        let id = try store.insert(FakeRequest(seed: 1, images: 4, steps: 6).newJob(), queueLimit: 9).job.id
        let lease = try #require(try store.lease(limit: 1).first)
        var checkpoint = lease.checkpoint(images: 0..<2)
        for image in 2..<4 { checkpoint.trajectories[image] = SavedTrajectory(step: 1, calls: 1, bytes: [1]) }
        #expect(try store.save([checkpoint]).isEmpty)
        try store.release([lease])
        for table in ["trajectories", "images"] {
            _ = try store.inspect("UPDATE \(table) SET image = image + (1::bigint << 41)")
        }
        let again = try #require(try store.lease(limit: 1).first)
        #expect(again.job.id == id && again.saved.count == 1 && again.finished.count == 1)
        _ = try store.inspect(
            """
            INSERT INTO audit_pending (at, who, action, job, owner, recipe, outcome)
            SELECT milliseconds, 'eve', 'cancel', id, '', '', ''
            FROM jobs, (VALUES (-9223372036854775807 - 1), (9223372036854775807)) AS ends (milliseconds) RETURNING job
            """)
        let entries = try store.audit(after: 0, limit: 99).filter { $0.event.act.who == "eve" }
        #expect(entries.map(\.at.rfc3339).sorted() == ["1970-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"])
    }
}
