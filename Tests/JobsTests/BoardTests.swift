import JobsFakeEngine
import JobsSQLite
import Locking
import Testing
@testable import Jobs

@Suite struct BoardTests {
    /// A job of nine steps that has been begun, and whose progress is awaited.
    static func computing() throws -> (SQLiteJobStore, JobBoard, JobLease) {
        let store = try SQLiteJobStore(inMemory: .init()), board = try JobBoard(store: store)
        _ = try board.submit(FakeRequest(seed: 1, steps: 9).newJob())
        let lease = try #require(try store.lease(limit: 1).first)
        try store.begin([lease])
        board.began(lease)
        return (store, board, lease)
    }

    @Test func healthIsFoundOutByWriting() throws {
        let writes = Lock(0)
        let fixture = try StoreFixture { configuration in
            configuration.beforeCommit = { writes.withLock { $0 += 1 } }
        }
        try JobBoard(store: fixture.store).checkWritable()
        #expect(writes.withLock { $0 } == 1)
    }

    @Test func progressPublishedOutOfTurnIsDropped() throws {
        let (store, board, lease) = try Self.computing(), id = lease.job.id
        let begun = try board.job(id).version
        board.publish(id, lease.checkpoint(step: 3).usage, revision: 2)
        let third = try board.job(id)
        board.publish(id, lease.checkpoint(step: 2).usage, revision: 1)
        #expect(try board.job(id) == third)
        #expect(third.progress.step == 3 && third.version > begun)
        // What is saved is known here already; others see it by the version in the store.
        let stored = try store.job(id).version
        _ = try store.save([lease.checkpoint(step: 3)])
        #expect(try board.job(id) == third)
        #expect(try store.job(id).version > stored)
        // After the end nothing is published any more.
        let cancelled = try board.cancel(id)
        board.publish(id, lease.checkpoint(step: 4).usage, revision: 3)
        #expect(try board.job(id) == cancelled)
        #expect(cancelled.version > third.version)
    }

    @Test func theQueueLimitIsTheBoards() throws {
        let board = try JobBoard(store: SQLiteJobStore(inMemory: .init()), configuration: .init(queueLimit: 2))
        for _ in 0..<2 { _ = try board.submit(FakeRequest(seed: 1).newJob()) }
        #expect(throws: JobStoreError.queueFull(limit: 2, queued: 2)) {
            try board.submit(FakeRequest(seed: 1).newJob())
        }
    }
}
