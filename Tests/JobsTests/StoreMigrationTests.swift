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

    @Test func jobsOfAStoreWithoutEndsOfLeasesAreGoneOnWith() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.copyItem(atPath: Self.fixture, toPath: folder.storePath)
        let store = try SQLiteJobStore(path: folder.storePath)
        let before = try store.jobs(JobQuery()).jobs
        #expect(before.map(\.progress.step) == Array(repeating: 0, count: 10) + [2, 2, 5, 10])
        #expect(try store.counts() == JobCounts(byStatus: [.queued: 5, .running: 8, .succeeded: 1]))
        let pool = try PoolFixture(store)
        try pool.pool.start()
        for job in before {
            let done = try pool.wait(for: job.id)
            let request = try FakeRequest(job.request)
            #expect(done.status == .succeeded)
            for index in 0..<request.images {
                #expect(try store.image(index, of: job.id).bytes == request.expectedImage(index), "\(request)")
            }
            #expect(done.attempt == (job.status == .running ? 2 : 1))
        }
        #expect(pool.stop())
        #expect(pool.engine.begun.contains { $0.step > 0 })
    }
}
