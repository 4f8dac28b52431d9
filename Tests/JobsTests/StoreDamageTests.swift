import Jobs
import JobsFakeEngine
import JobsSQLite
import Locking
import TestSupport
import Testing

/// Rows that something else has written into: the others are told, leased and swept as if they were not there.
@Suite struct StoreDamageTests {
    private final class Report: Sendable {
        private let rows = Lock<[DamagedRow]>([])
        var noted: [DamagedRow] { rows.withLock { $0 } }
        func note(_ row: DamagedRow) { rows.withLock { $0.append(row) } }
    }

    private func fixture(_ place: Place = .memory) throws -> (StoreFixture, Report) {
        let report = Report()
        return (try StoreFixture(place) { $0.onDamage = { report.note($0) } }, report)
    }

    private func spoil(_ store: SQLiteJobStore, _ job: Job, id: String = "7'\u{1B}[31m") throws {
        let text = id.replacing("'", with: "''")
        _ = try store.inspect("UPDATE jobs SET id = '\(text)' WHERE id = '\(job.id)'")
    }

    @Test(arguments: Place.allCases) func aListPassesOverThem(_ place: Place) throws {
        let (fixture, report) = try fixture(place)
        let jobs = try fixture.insert(5)
        try spoil(fixture.store, jobs[2])
        let first = try fixture.store.jobs(JobQuery(limit: 3))
        #expect(first.jobs.map(\.id) == [jobs[4].id, jobs[3].id])
        let second = try fixture.store.jobs(JobQuery(limit: 3, cursor: first.nextCursor))
        #expect(second.jobs.map(\.id) == [jobs[1].id, jobs[0].id] && second.nextCursor == nil)
        #expect(try fixture.store.outstandingWork().map(\.id) == [0, 1, 3, 4].map { jobs[$0].id })
        // Once, however often it is met, and in one line.
        #expect(report.noted.map(\.ordinal) == [3] && report.noted.map(\.column) == ["id"])
        #expect(
            report.noted.first?.description
                == "row 3 of the table jobs is passed over: expected a UUID as its id, got \"7'?[31m\"; stop the service and mend the row, or remove it (DELETE FROM jobs WHERE ordinal = 3)")
    }

    /// Fewer than were asked for would mean that there are no more.
    @Test func whatHasHappenedToOthersFillsThePage() throws {
        let (fixture, _) = try fixture()
        let jobs = try fixture.insert(5)
        for job in jobs { _ = try fixture.store.cancel(job.id, usage: nil) }
        for job in jobs[..<2] { try spoil(fixture.store, job, id: "x\(job.id)") }
        for owner in [nil, ""] {
            let page = try fixture.store.occurrences(OccurrenceQuery(after: 0, owner: owner, limit: 2))
            #expect(page.map(\.job) == [jobs[2].id, jobs[3].id])
            let rest = try fixture.store.occurrences(OccurrenceQuery(after: page[1].sequence, owner: owner, limit: 2))
            #expect(rest.map(\.job) == [jobs[4].id])
        }
    }

    @Test func anUnknownStatusIsToldOfTheJobAlone() throws {
        let (fixture, report) = try fixture()
        let jobs = try fixture.insert(2)
        _ = try fixture.store.inspect("PRAGMA ignore_check_constraints = 1")
        _ = try fixture.store.inspect("UPDATE jobs SET status = 'paused' WHERE id = '\(jobs[0].id)'")
        #expect(try fixture.store.jobs(JobQuery()).jobs.map(\.id) == [jobs[1].id])
        #expect(report.noted.map(\.got) == ["paused"])
        let error = #expect(throws: JobStoreError.self) { try fixture.store.job(jobs[0].id) }
        #expect(error?.isPassing == false && error?.description.contains("expected queued, running") == true)
        #expect(try fixture.store.counts() == JobCounts(byStatus: [.queued: 1]))
    }

    /// At the head of the queue it would keep all others waiting for ever.
    @Test(arguments: [1, 3]) func theQueueGoesOn(_ places: Int) throws {
        let (fixture, report) = try fixture(.file)
        let jobs = try fixture.insert(6)
        for job in jobs.prefix(4) { try spoil(fixture.store, job, id: "x\(job.id)") }
        #expect(try fixture.store.lease(limit: places).map(\.job.id) == Array([jobs[4].id, jobs[5].id].prefix(places)))
        #expect(report.noted.map(\.ordinal) == [1, 2, 3, 4])
        #expect(try fixture.store.counts()[.failed] == 4)
        // They go with the others, too.
        fixture.clock.advance(milliseconds: 2 * 86_400_000)
        #expect(try fixture.store.sweep(RetentionPolicy(days: 1)) == 4)
        #expect(try fixture.rows("jobs") == 2)
    }

    @Test func aStartPassesOverThem() throws {
        let folder = try TemporaryFolder(), report = Report()
        var configuration = SQLiteJobStore.Configuration()
        configuration.onDamage = { report.note($0) }
        func open() throws -> SQLiteJobStore {
            try SQLiteJobStore(path: folder.storePath, configuration: configuration)
        }
        var jobs: [Job] = []
        do {
            let store = try open()
            jobs = try (0..<3).map { try store.insert(FakeRequest(seed: $0).newJob(), queueLimit: 9).job }
            _ = try store.save(try store.lease(limit: 2).map { $0.checkpoint(step: 1) })
            try spoil(store, jobs[0])
        }
        let store = try open()
        #expect(try store.recover() == [jobs[1].id])
        _ = try store.measuredRates()
        #expect(try store.lease(limit: 9).map(\.job.id) == [jobs[1].id, jobs[2].id])
        #expect(report.noted.map(\.ordinal) == [1])
        #expect(try store.inspect("SELECT count(*) FROM trajectories WHERE job = 1") == "0")
    }

    /// The key of a job that nobody can ask for any more is free.
    @Test func aKeyOfADamagedRowIsTakenAgain() throws {
        let (fixture, _) = try fixture()
        let job = try fixture.store.insert(FakeRequest(seed: 1).newJob(key: "k"), queueLimit: 9).job
        try spoil(fixture.store, job)
        let again = try fixture.store.insert(FakeRequest(seed: 1).newJob(key: "k"), queueLimit: 9)
        #expect(again.isNew && again.job.id != job.id)
        #expect(try fixture.store.insert(FakeRequest(seed: 1).newJob(key: "k"), queueLimit: 9).job.id == again.job.id)
    }

    /// Numbers are taken to the ends of their ranges, and added up.
    @Test func hugeNumbersOfImagesAreListed() throws {
        let (fixture, _) = try fixture()
        for _ in 0..<2 {
            _ = try fixture.insert(1)
            try fixture.store.finish(try fixture.leaseOne().checkpoint(images: 0..<1))
        }
        _ = try fixture.store.inspect("UPDATE jobs SET images = 9223372036854775807")
        #expect(try fixture.store.jobs(JobQuery()).jobs.count == 1)
    }
}
