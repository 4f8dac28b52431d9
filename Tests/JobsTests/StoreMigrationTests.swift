import Foundation
import Jobs
import JobsFakeEngine
import JobsSQLite
import TestSupport
import Testing

/// Stores of versions before this one: see Tests/Fixtures/stores/README.md.
@Suite struct StoreMigrationTests {
    private static let fixture = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Fixtures/stores/schema-runs.store").standardized.path

    /// Runs the jobs of a store to their ends, each of which has to have the images that it asks for.
    private func finish(_ jobs: [Job], _ pool: PoolFixture) throws -> [Job] {
        try pool.pool.start()
        let ended = try jobs.map { job in
            let done = try pool.wait(for: job.id)
            let request = try FakeRequest(job.request)
            #expect(done.status == .succeeded)
            for index in 0..<request.images {
                #expect(try pool.store.image(index, of: job.id).bytes == request.expectedImage(index), "\(request)")
            }
            return done
        }
        #expect(pool.stop())
        return ended
    }

    @Test func jobsOfAStoreWithoutEndsOfLeasesAreGoneOnWith() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.copyItem(atPath: Self.fixture, toPath: folder.storePath)
        let store = try SQLiteJobStore(path: folder.storePath)
        let before = try store.jobs(JobQuery()).jobs
        #expect(before.map(\.progress.step) == Array(repeating: 0, count: 10) + [2, 2, 5, 10])
        #expect(try store.counts() == JobCounts(byStatus: [.queued: 5, .running: 8, .succeeded: 1]))
        let pool = try PoolFixture(store)
        for (job, done) in zip(before, try finish(before, pool)) {
            #expect(done.attempt == (job.status == .running ? 2 : 1))
        }
        #expect(pool.engine.begun.contains { $0.step > 0 })
    }

    /// Ends of before are told as those of now, and an image that a save had stored is seen.
    @Test func jobsOfAStoreWithoutOccurrencesAreToldOf() throws {
        let folder = try TemporaryFolder()
        let path = Self.fixture.replacing("schema-runs", with: "schema-leases")
        try FileManager.default.copyItem(atPath: path, toPath: folder.storePath)
        let store = try SQLiteJobStore(path: folder.storePath)
        let before = try store.jobs(JobQuery()).jobs
        let ends = try store.occurrences(OccurrenceQuery(after: 0))
        #expect(ends.map(\.sequence) == Array(1...6) && ends.allSatisfy { $0.kind == .ended })
        #expect(Set(ends.map(\.job)) == Set(before.filter { $0.status == .succeeded }.map(\.id)))
        #expect(try store.images(ImageQuery()).images.count == 11)
        let partly = try #require(before.first { $0.status == .running && !$0.images.isEmpty })
        let early = try store.image(partly.images[0].index, of: partly.id).bytes
        _ = try finish(before, PoolFixture(store))
        #expect(try store.image(partly.images[0].index, of: partly.id).bytes == early)
        #expect(try store.occurrences(OccurrenceQuery(after: 6)).count { $0.kind == .ended } == 8)
    }

    /// Jobs of before belong to nobody, keep their order, and are recorded from now on.
    @Test func jobsOfAStoreWithoutOwnersKeepTheirOrder() throws {
        let folder = try TemporaryFolder()
        let path = Self.fixture.replacing("schema-runs", with: "schema-gallery")
        try FileManager.default.copyItem(atPath: path, toPath: folder.storePath)
        let store = try SQLiteJobStore(path: folder.storePath)
        let before = try store.jobs(JobQuery()).jobs
        #expect(before.count == 14 && before.allSatisfy { $0.owner.isEmpty })
        #expect(try store.owner(of: before[0].id).isEmpty && store.audit(after: 0, limit: 9).isEmpty)
        _ = try store.recover()
        let open = before.reversed().filter { !$0.status.isTerminal }.map(\.id)
        #expect(try store.outstandingWork().map(\.id) == open)
        var new = FakeRequest(seed: 7).newJob()
        new.owner = "ann"
        let added = try store.insert(new, queueLimit: 99).job
        #expect(try store.outstandingWork().map(\.id) == open + [added.id])
        let pool = try PoolFixture(store)
        try pool.pool.start()
        for job in before {
            #expect(try pool.wait(for: job.id).status == .succeeded)
            let request = try FakeRequest(job.request)
            for index in 0..<request.images {
                #expect(try store.image(index, of: job.id).bytes == request.expectedImage(index), "\(request)")
            }
        }
        _ = try pool.wait(for: added.id)
        #expect(pool.stop())
        let entries = try store.audit(after: 0, limit: 99)
        #expect(entries.count { $0.event.act.action == .succeed } == open.count + 1 && entries[0].event.act.who == "ann")
    }

    /// What requests of before asked for is found by it.
    @Test func conditionsOfBeforeAreFound() throws {
        let folder = try TemporaryFolder()
        let path = Self.fixture.replacing("schema-runs", with: "version-0.1.0")
        try FileManager.default.copyItem(atPath: path, toPath: folder.storePath)
        let store = try SQLiteJobStore(path: folder.storePath)
        let list = "SELECT group_concat(name || '=' || value, ' ') FROM (SELECT * FROM job_labels ORDER BY job, name)"
        #expect(try store.inspect(list) == "view=PA finding=mass view=AP")
    }
}
