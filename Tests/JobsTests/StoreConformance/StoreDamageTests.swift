import Jobs
import JobsFakeEngine
import Testing

/// Rows that something else has written into: the others are told, leased and swept as if they were not there.
@Suite struct StoreDamageTests {
    private func spoil(_ fixture: ConformanceFixture, _ job: Job, id: String = "7'\u{1B}[31m") throws {
        try fixture.forgetCheck(of: "id")
        let text = id.replacing("'", with: "''")
        _ = try fixture.inspect("UPDATE jobs SET id = '\(text)' WHERE id = '\(job.id)'")
    }

    @Test(arguments: StoreKind.withTables) func aListPassesOverThem(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let jobs = try fixture.insert(5)
        try spoil(fixture, jobs[2])
        let first = try fixture.store.jobs(JobQuery(limit: 3))
        #expect(first.jobs.map(\.id) == [jobs[4].id, jobs[3].id])
        let second = try fixture.store.jobs(JobQuery(limit: 3, cursor: first.nextCursor))
        #expect(second.jobs.map(\.id) == [jobs[1].id, jobs[0].id] && second.nextCursor == nil)
        #expect(try fixture.store.outstandingWork().map(\.id) == [0, 1, 3, 4].map { jobs[$0].id })
        // Once, however often it is met, and in one line.
        #expect(fixture.damaged.map(\.ordinal) == [3] && fixture.damaged.map(\.column) == ["id"])
        #expect(
            fixture.damaged.first?.description
                == "row 3 of the table jobs is passed over: expected a UUID as its id, got \"7'?[31m\"; stop the service and mend the row, or remove it (DELETE FROM jobs WHERE ordinal = 3)")
    }

    /// What is known of the work ahead tells of them as well: a list may never be asked for.
    @Test(arguments: StoreKind.withTables) func theWorkAheadTellsOfThem(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let jobs = try fixture.insert(2)
        try spoil(fixture, jobs[0])
        #expect(try fixture.store.outstandingWork().map(\.id) == [jobs[1].id] && fixture.damaged.map(\.ordinal) == [1])
    }

    /// Fewer than were asked for would mean that there are no more.
    @Test(arguments: StoreKind.withTables) func whatHasHappenedToOthersFillsThePage(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let jobs = try fixture.insert(5)
        for job in jobs { _ = try fixture.store.cancel(job.id, usage: nil) }
        for job in jobs[..<2] { try spoil(fixture, job, id: "x\(job.id)") }
        for owner in [nil, ""] {
            let page = try fixture.store.occurrences(OccurrenceQuery(after: 0, owner: owner, limit: 2))
            #expect(page.map(\.job) == [jobs[2].id, jobs[3].id])
            let rest = try fixture.store.occurrences(OccurrenceQuery(after: page[1].sequence, owner: owner, limit: 2))
            #expect(rest.map(\.job) == [jobs[4].id])
        }
    }

    @Test(arguments: StoreKind.withTables) func theirImagesArePassedOver(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let jobs = try fixture.insert(3)
        for lease in try fixture.store.lease(limit: 3) { try fixture.store.finish(lease.checkpoint(images: 0..<1)) }
        let rates = try fixture.store.measuredRates()
        try spoil(fixture, jobs[1])
        let first = try fixture.store.images(ImageQuery(limit: 2))
        #expect(first.images.map(\.job.id) == [jobs[2].id])
        let second = try fixture.store.images(ImageQuery(limit: 2, cursor: first.nextCursor))
        #expect(second.images.map(\.job.id) == [jobs[0].id] && second.nextCursor == nil)
        // How fast it was is as true as before.
        #expect(try fixture.store.measuredRates() == rates && !rates.isEmpty)
    }

    @Test(arguments: StoreKind.withTables) func anUnknownStatusIsToldOfTheJobAlone(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let jobs = try fixture.insert(2, images: 2), lease = try fixture.leaseOne()
        #expect(try fixture.store.save([lease.checkpoint(images: 0..<1)]).isEmpty)
        try fixture.forgetCheck(of: "status")
        _ = try fixture.inspect("UPDATE jobs SET status = 'paused', lease = NULL WHERE id = '\(jobs[0].id)'")
        #expect(try fixture.store.jobs(JobQuery()).jobs.map(\.id) == [jobs[1].id])
        #expect(fixture.damaged.map(\.got) == ["paused"])
        let error = try #require(throws: JobStoreError.self) { try fixture.store.job(jobs[0].id) }
        #expect(!error.isPassing && error.description.contains("expected queued, running"))
        #expect(throws: error) { try fixture.store.image(0, of: jobs[0].id) }
        #expect(throws: error) { try fixture.store.images(0..<2, of: jobs[0].id) }
        #expect(try fixture.store.counts() == JobCounts(byStatus: [.queued: 1]))
    }

    /// At the head of the queue it would keep all others waiting for ever.
    @Test(arguments: StoreKind.withTables, [1, 3]) func theQueueGoesOn(_ kind: StoreKind, _ places: Int) throws {
        let fixture = try ConformanceFixture(kind)
        let jobs = try fixture.insert(6)
        for job in jobs.prefix(4) { try spoil(fixture, job, id: "x\(job.id)") }
        #expect(try fixture.store.lease(limit: places).map(\.job.id) == Array([jobs[4].id, jobs[5].id].prefix(places)))
        #expect(fixture.damaged.map(\.ordinal).sorted() == [1, 2, 3, 4])
        #expect(try fixture.store.counts()[.failed] == 4)
        // They go with the others, too, and nothing is written down of what has no name.
        fixture.clock.advance(milliseconds: 2 * 86_400_000)
        #expect(try fixture.store.sweep(RetentionPolicy(days: 1)) == 4)
        try fixture.expectRows("jobs", 2)
        #expect(try fixture.store.audit(after: 0, limit: 99).map(\.event.job) == jobs.map(\.id))
        if kind == .postgres { try fixture.expectRows("audit_pending", 0) }
    }

    /// What is leased beside them is this process's, and nobody else's, from the first call on.
    @Test(arguments: StoreKind.withTables) func aDamagedRowAmongOthersIsPassedOver(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let jobs = try fixture.insert(4)
        try spoil(fixture, jobs[1])
        let leases = try fixture.store.lease(limit: 3)
        #expect(Set(leases.map(\.job.id)).isSuperset(of: [jobs[0].id, jobs[2].id]))
        let rest = try fixture.store.lease(limit: 3)
        #expect((leases + rest).map(\.job.id) == [0, 2, 3].map { jobs[$0].id })
        for lease in leases + rest { try fixture.store.finish(lease.checkpoint(images: 0..<1)) }
        #expect(try fixture.store.counts() == JobCounts(byStatus: [.succeeded: 3, .failed: 1]))
    }

    @Test(arguments: StoreKind.lastingTables) func aStartPassesOverThem(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let jobs = try fixture.insert(3)
        _ = try fixture.store.save(try fixture.store.lease(limit: 2).map { $0.checkpoint(step: 1) })
        try spoil(fixture, jobs[0])
        try fixture.restart()
        #expect(try fixture.store.recover() == [jobs[1].id])
        _ = try fixture.store.measuredRates()
        #expect(try Set(fixture.store.lease(limit: 9).map(\.job.id)) == [jobs[1].id, jobs[2].id])
        #expect(fixture.damaged.map(\.ordinal) == [1])
        #expect(try fixture.inspect("SELECT count(*) FROM trajectories WHERE job = 1") == "0")
    }

    /// The key of a job that nobody can ask for any more is free.
    @Test(arguments: StoreKind.withTables) func aKeyOfADamagedRowIsTakenAgain(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let job = try fixture.store.insert(FakeRequest(seed: 1).newJob(key: "k"), queueLimit: 9).job
        try spoil(fixture, job)
        let again = try fixture.store.insert(FakeRequest(seed: 1).newJob(key: "k"), queueLimit: 9)
        #expect(again.isNew && again.job.id != job.id)
        #expect(try fixture.store.insert(FakeRequest(seed: 1).newJob(key: "k"), queueLimit: 9).job.id == again.job.id)
    }

    /// Numbers are taken to the ends of their ranges, and added up.
    @Test(arguments: StoreKind.withTables) func hugeNumbersOfImagesAreListed(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        for _ in 0..<2 {
            _ = try fixture.insert(1)
            try fixture.store.finish(try fixture.leaseOne().checkpoint(images: 0..<1))
        }
        _ = try fixture.inspect("UPDATE jobs SET images = 9223372036854775807")
        #expect(try fixture.store.jobs(JobQuery()).jobs.count == 1)
    }
}
