import Dispatch
import JobsFakeEngine
import JobsSQLite
import TestSupport
import Testing
@testable import Jobs

/// Who waits for a change of a job is told of it.
@Suite struct BoardSubscriptionTests {
    @Test func aSubscriptionIsFiredOnceByAChange() throws {
        let board = try JobBoard(store: SQLiteJobStore(inMemory: .init()))
        let job = try board.submit(FakeRequest(seed: 1).newJob()).job
        let fired = DispatchSemaphore(value: 0)
        _ = try board.subscribe(to: job.id, after: job.version) { fired.signal() }
        #expect(fired.wait(timeout: .now() + 0.05) == .timedOut)
        let cancelled = try board.cancel(job.id)
        #expect(fired.wait(timeout: Patience.deadline) == .success)
        _ = try board.delete(job.id)
        #expect(fired.wait(timeout: .now() + 0.05) == .timedOut)
        #expect(cancelled.version > job.version)
    }

    /// Who waits for an answer for the end of a job of a thousand steps looks for it a few times, not at every step.
    @Test func progressWakesOnlyWhoWaitsForIt() throws {
        let (_, board, lease) = try BoardTests.computing(), id = lease.job.id
        let job = try board.job(id)
        let (state, progress) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        _ = try board.subscribe(to: id, after: job.version, .state) { state.signal() }
        _ = try board.subscribe(to: id, after: job.version, .progress) { progress.signal() }
        board.publish(id, lease.checkpoint(step: 3).usage, revision: 1)
        #expect(progress.wait(timeout: Patience.deadline) == .success)
        #expect(state.wait(timeout: .now() + 0.05) == .timedOut)
        #expect(board.notifications.count == 1)
        _ = try board.cancel(id)
        #expect(state.wait(timeout: Patience.deadline) == .success)
        #expect(board.notifications.count == 0)
    }

    /// Every way in which a job ends wakes who waits for that alone: queued or running, here or elsewhere, in parts.
    @Test(arguments: End.allCases, [false, true]) func noEndIsMissed(_ end: End, _ isPart: Bool) throws {
        let store = try SQLiteJobStore(inMemory: .init())
        let board = try JobBoard(store: store)
        let id = try board.submit(FakeRequest(seed: 1).newJob()).job.id
        let ended = DispatchSemaphore(value: 0)
        DispatchQueue.global().async {
            #expect(throws: Never.self) { try end.happen(to: id, board, store, isPart: isPart) }
            ended.signal()
        }
        var job = try board.job(id)
        while !job.status.isTerminal {
            let woken = DispatchSemaphore(value: 0)
            _ = try board.subscribe(to: id, after: job.version, .state) { woken.signal() }
            try #require(woken.wait(timeout: Patience.deadline) == .success)
            job = try board.job(id)
        }
        #expect(ended.wait(timeout: Patience.deadline) == .success)
    }

    enum End: CaseIterable {
        case cancelledQueued, cancelledRunning, failedHere, failedElsewhere

        func happen(to id: JobID, _ board: JobBoard, _ store: SQLiteJobStore, isPart: Bool) throws {
            guard self != .cancelledQueued else {
                _ = try board.cancel(id)
                return
            }
            var lease = try #require(try store.lease(limit: 1).first)
            if isPart { lease.part = JobPart(images: 0..<1, usage: lease.job.usage) }
            if self != .failedElsewhere { board.began(lease) }
            try store.begin([lease])
            board.publish(id, lease.checkpoint(step: 1).usage, revision: 1)
            if self == .cancelledRunning {
                _ = try board.cancel(id)
                return
            }
            try store.fail(lease, problem: [1], usage: lease.checkpoint(step: 2).usage)
            if self == .failedHere { board.ended(id) }
        }
    }

    @Test func aChangeBeforeTheSubscriptionIsNotMissed() throws {
        let board = try JobBoard(store: SQLiteJobStore(inMemory: .init()))
        let job = try board.submit(FakeRequest(seed: 1).newJob()).job
        _ = try board.cancel(job.id)
        let fired = DispatchSemaphore(value: 0)
        _ = try board.subscribe(to: job.id, after: job.version) { fired.signal() }
        #expect(fired.wait(timeout: Patience.deadline) == .success)
        #expect(board.notifications.count == 0)
    }

    @Test func subscriptionsEndWhenCancelledWokenOrImpossible() throws {
        let board = try JobBoard(store: SQLiteJobStore(inMemory: .init()))
        let job = try board.submit(FakeRequest(seed: 1).newJob()).job
        let fired = DispatchSemaphore(value: 0)
        let one = try board.subscribe(to: job.id, after: job.version) { fired.signal() }
        _ = try board.subscribe(to: job.id, after: job.version) { fired.signal() }
        board.notifications.cancel(one)
        board.notifications.cancel(one)
        #expect(board.notifications.count == 1)
        board.notifications.wakeAll()
        #expect(fired.wait(timeout: Patience.deadline) == .success)
        #expect(fired.wait(timeout: .now() + 0.05) == .timedOut)
        let unknown = try #require(JobID("018f3a4e-0000-7000-8000-000000000000"))
        #expect(throws: JobStoreError.notFound(unknown)) {
            try board.subscribe(to: unknown, after: job.version) { fired.signal() }
        }
        #expect(board.notifications.count == 0)
    }

    @Test func nobodyWaitsForAJobThatHasEnded() throws {
        let board = try JobBoard(store: SQLiteJobStore(inMemory: .init()))
        let id = try board.submit(FakeRequest(seed: 1).newJob()).job.id
        let version = try board.cancel(id).version
        let fired = DispatchSemaphore(value: 0)
        _ = try board.subscribe(to: id, after: version) { fired.signal() }
        #expect(fired.wait(timeout: Patience.deadline) == .success)
    }
}
