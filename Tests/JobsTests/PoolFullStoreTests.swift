import GRDB
import Jobs
import JobsFakeEngine
import JobsSQLite
import Locking
import TestSupport
import Testing

@Suite struct PoolFullStoreTests {
    /// A store whose commits fail while the switch says so, as on a full disk.
    private final class Switch: Sendable {
        let isFull = Lock(false)
        let refusals = Lock(0)

        func check() throws {
            guard isFull.withLock({ $0 }) else { return }
            refusals.withLock { $0 += 1 }
            throw DatabaseError(resultCode: .SQLITE_FULL)
        }
    }

    @Test func aFullDiskRefusesNewJobs() throws {
        let full = Switch()
        let fixture = try PoolFixture(StoreFixture { $0.beforeCommit = { try full.check() } }.store)
        try fixture.pool.start()
        full.isFull.withLock { $0 = true }
        let request = FakeRequest(seed: 1, images: 3, steps: 5)
        for call in [{ _ = try fixture.submit(request) }, { try fixture.store.checkWritable() }] {
            guard case .storeFull = #expect(throws: JobStoreError.self, performing: call) else {
                Issue.record("not refused as full")
                continue
            }
        }
        full.isFull.withLock { $0 = false }
        try fixture.store.checkWritable()
        let id = try fixture.submit(request)
        try fixture.wait(for: id)
        try fixture.expectImages(of: id, request)
        #expect(fixture.stop())
        #expect(try fixture.store.counts() == JobCounts(byStatus: [.succeeded: 1]))
    }

    @Test func aFullDiskAtTheEndLosesNothing() throws {
        let full = Switch()
        let engine = FakeEngine(gated: true)
        let fixture = try PoolFixture(
            StoreFixture { $0.beforeCommit = { try full.check() } }.store, engine: engine,
            configuration: WorkerPoolConfiguration(workers: 1, maximumBatchRows: 4))
        let request = FakeRequest(seed: 1, images: 3, steps: 5)
        let id = try fixture.submit(request)
        try fixture.pool.start()
        engine.open(4)
        try fixture.wait(for: id) { $0.progress.step == 4 }
        full.isFull.withLock { $0 = true }
        engine.open(1)
        // Tried more than once, not given up; the images are only in memory now.
        try fixture.eventually { full.refusals.withLock { $0 } >= 3 }
        #expect(try fixture.board.job(id).status == .running)
        full.isFull.withLock { $0 = false }
        try fixture.wait(for: id)
        try fixture.expectImages(of: id, request)
        #expect(engine.batches.count == 5)
        // It leases again by itself.
        let next = try fixture.submit(request)
        engine.open(5)
        try fixture.wait(for: next)
        try fixture.expectImages(of: next, request)
        #expect(fixture.stop())
    }

    @Test func aRealFullFileRecovers() throws {
        let store = try StoreFixture().store
        let engine = FakeEngine(gated: true)
        let fixture = try PoolFixture(
            store, engine: engine, configuration: WorkerPoolConfiguration(workers: 1, maximumBatchRows: 200))
        // 200 images do not fit into the pages that a small database has to spare.
        let request = FakeRequest(seed: 1, images: 200, steps: 2)
        let id = try fixture.submit(request)
        try fixture.pool.start()
        engine.open(1)
        try fixture.wait(for: id) { $0.progress.step == 1 }
        let pages = try #require(try store.inspect("PRAGMA page_count").flatMap { Int($0) })
        try store.setMaximumPages(pages)
        engine.open(1)
        try fixture.wait(for: id) { $0.progress.imagesDone == 200 }
        #expect(throws: JobStoreError.self) {
            var big = request.newJob()
            big.request = Array(repeating: 0, count: 100_000)
            _ = try store.insert(big, queueLimit: 10)
        }
        #expect(try store.job(id).status == .running)
        try store.setMaximumPages(100_000)
        try fixture.wait(for: id)
        try fixture.expectImages(of: id, request)
        #expect(fixture.stop())
    }

    @Test func aStopOnAFullDiskEndsInTimeAndTheJobIsRecovered() throws {
        let full = Switch()
        let folder = try TemporaryFolder()
        let request = FakeRequest(seed: 1, images: 2, steps: 30)
        let id: JobID
        do {
            var configuration = SQLiteJobStore.Configuration()
            configuration.beforeCommit = { try full.check() }
            let engine = FakeEngine(gated: true)
            let fixture = try PoolFixture(
                SQLiteJobStore(path: folder.storePath, configuration: configuration), engine: engine,
                configuration: WorkerPoolConfiguration(workers: 1, maximumBatchRows: 4, saveInterval: .milliseconds(5)))
            id = try fixture.submit(request)
            try fixture.pool.start()
            engine.open(3)
            try fixture.eventually { try fixture.store.job(id).progress.step == 3 }
            full.isFull.withLock { $0 = true }
            engine.open(2)
            try fixture.wait(for: id) { $0.progress.step == 5 }
            let start = ContinuousClock.now
            #expect(!fixture.abandon())
            // Given up at the deadline, not when the last write was to have an end.
            #expect(start.duration(to: .now) < Patience.duration)
        }
        let fixture = try PoolFixture(SQLiteJobStore(path: folder.storePath))
        try fixture.pool.start()
        let job = try fixture.wait(for: id)
        try fixture.expectImages(of: id, request)
        #expect(job.attempt == 2 && job.resumedFromStep == 3)
        #expect(fixture.stop())
    }
}
