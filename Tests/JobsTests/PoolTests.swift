import Dispatch
import Jobs
import JobsFakeEngine
import JobsSQLite
import Locking
import Testing

@Suite struct PoolTests {
    @Test func everyJobGetsItsOwnImages() throws {
        let fixture = try PoolFixture(StoreFixture().store)
        try fixture.pool.start()
        let requests = (0..<12).map {
            FakeRequest(seed: UInt64($0) * 50, images: 1 + $0 % 4, steps: $0, rows: 1 + $0 % 2, group: $0 % 3)
        }
        let ids = try requests.map(fixture.submit)
        for (id, request) in zip(ids, requests) {
            let job = try fixture.wait(for: id)
            try fixture.expectImages(of: id, request)
            #expect(job.attempt == 1 && job.resumedFromStep == nil)
        }
        #expect(fixture.stop())
        #expect(fixture.board.notifications.count == 0)
    }

    @Test(arguments: [FakeRequest.Failure.step, .begin, .finish, .plan])
    func anErrorFailsItsOwnJobOnly(_ failure: FakeRequest.Failure) throws {
        let fixture = try PoolFixture(
            SQLiteJobStore(inMemory: .init()), configuration: WorkerPoolConfiguration(workers: 1, maximumBatchRows: 8))
        let good = [FakeRequest(seed: 1, images: 2, steps: 6), FakeRequest(seed: 50, images: 2, steps: 6)]
        let bad = FakeRequest(seed: 100, images: 3, steps: 6, failure: failure)
        let ids = try [good[0], bad, good[1]].map(fixture.submit)
        try fixture.pool.start()
        let failed = try fixture.wait(for: ids[1])
        #expect(failed.status == .failed)
        #expect(failed.error == Array("told(JobsFakeEngine.FakeRequest.Failure.\(failure.rawValue))".utf8))
        #expect(failed.images.isEmpty)
        try fixture.wait(for: ids[0])
        try fixture.wait(for: ids[2])
        try fixture.expectImages(of: ids[0], good[0])
        try fixture.expectImages(of: ids[2], good[1])
        // Nothing was leaked that would still be stepped or counted.
        #expect(fixture.stop())
        #expect(try fixture.store.counts() == JobCounts(byStatus: [.succeeded: 2, .failed: 1]))
    }

    @Test func aWorkerThatCannotBeMadeStopsTheStart() throws {
        let fixture = try PoolFixture(SQLiteJobStore(inMemory: .init()), engine: FakeEngine(workerFailure: .unreadable))
        let id = try fixture.submit(FakeRequest(seed: 1))
        #expect(throws: FakeError.unreadable) { try fixture.pool.start() }
        #expect(try fixture.board.job(id).status == .queued)
    }

    @Test func aPoolThatNeverStartedStops() throws {
        #expect(try PoolFixture(SQLiteJobStore(inMemory: .init())).stop(within: .seconds(1)))
    }

    @Test func cancellingARunningJobStopsItAtTheNextStep() throws {
        let engine = FakeEngine(gated: true)
        let fixture = try PoolFixture(
            SQLiteJobStore(inMemory: .init()), engine: engine, configuration: WorkerPoolConfiguration(workers: 1, maximumBatchRows: 2))
        let doomed = try fixture.submit(FakeRequest(seed: 1, images: 2, steps: 1_000))
        try fixture.pool.start()
        engine.open(3)
        try fixture.wait(for: doomed) { $0.progress.step == 3 }
        let cancelled = try fixture.board.cancel(doomed)
        #expect(cancelled.status == .cancelled)
        #expect(cancelled.progress.step == 3 && cancelled.timing.networkCalls == 6)
        // The step that had begun ends for nothing; the worker turns to the next job.
        let other = FakeRequest(seed: 50, images: 1, steps: 2)
        let next = try fixture.submit(other)
        engine.open(10)
        try fixture.wait(for: next)
        try fixture.expectImages(of: next, other)
        #expect(fixture.stop())
        #expect(engine.batches.filter { $0.contains { $0.seed == 1 } }.count <= 4)
        #expect(try fixture.board.job(doomed) == cancelled)
    }

    @Test func cancellingAQueuedJobKeepsItFromRunning() throws {
        let engine = FakeEngine(gated: true)
        let fixture = try PoolFixture(
            SQLiteJobStore(inMemory: .init()), engine: engine,
            configuration: WorkerPoolConfiguration(workers: 1, maximumBatchRows: 2, maximumActiveJobs: 1))
        let first = try fixture.submit(FakeRequest(seed: 1, steps: 2))
        let second = try fixture.submit(FakeRequest(seed: 2, steps: 2))
        try fixture.pool.start()
        try fixture.wait(for: first) { $0.status == .running }
        #expect(try fixture.board.cancel(second).status == .cancelled)
        engine.open(10)
        try fixture.wait(for: first)
        #expect(fixture.stop())
        #expect(engine.begun.map(\.seed) == [1])
    }

    @Test func aJobCancelledWhileItIsLeasedIsNotRun() throws {
        let store = try InterposedStore(SQLiteJobStore(inMemory: .init()))
        let fixture = try PoolFixture(store)
        let doomed = try fixture.submit(FakeRequest(seed: 1))
        let other = FakeRequest(seed: 50)
        let next = try fixture.submit(other)
        store.afterLease.withLock { [board = fixture.board] in
            $0 = { leases in
                for lease in leases where lease.job.id == doomed { _ = try? board.cancel(lease.job.id) }
            }
        }
        try fixture.pool.start()
        try fixture.wait(for: next)
        #expect(try fixture.board.job(doomed).status == .cancelled)
        try fixture.expectImages(of: next, other)
        #expect(fixture.stop())
        #expect(fixture.engine.begun.map(\.seed) == [50])
    }

    @Test func cancelsSubmitsAndEndsMayRace() throws {
        let fixture = try PoolFixture(SQLiteJobStore(inMemory: .init()))
        let (board, pool) = (fixture.board, fixture.pool)
        try pool.start()
        let ids = Lock<[JobID]>([])
        concurrently(4) { thread in
            for number in 0..<15 {
                let request = FakeRequest(seed: UInt64(thread * 100 + number), images: 2, steps: number)
                guard let id = try? board.submit(request.newJob()).job.id else { continue }
                ids.withLock { $0.append(id) }
                if number % 2 == 0 { _ = try? board.cancel(id) }
            }
        }
        let all = ids.withLock { $0 }
        #expect(all.count == 60)
        for id in all { try fixture.wait(for: id) }
        #expect(fixture.stop())
        let counts = try board.counts()
        #expect(counts[.succeeded] + counts[.cancelled] == 60)
        #expect(counts[.succeeded] >= 28)
    }

    @Test func progressIsToldStepByStep() throws {
        let engine = FakeEngine(gated: true)
        let fixture = try PoolFixture(
            SQLiteJobStore(inMemory: .init()), engine: engine, configuration: WorkerPoolConfiguration(workers: 1, maximumBatchRows: 2))
        let id = try fixture.submit(FakeRequest(seed: 1, images: 2, steps: 5, rows: 1))
        let queued = try fixture.board.job(id)
        try fixture.pool.start()
        var versions = [queued.version]
        for step in 1...4 {
            engine.open(1)
            let job = try fixture.wait(for: id) { $0.progress.step == step }
            #expect(job.status == .running && job.timing.networkCalls == Int64(2 * step))
            versions.append(job.version)
        }
        // Listed alike, and reckoned with.
        #expect(try fixture.board.jobs(JobQuery()).jobs.map(\.progress.step) == [4])
        #expect(try fixture.board.estimate()?.secondsToEnd(of: id) != nil)
        engine.open(1)
        versions.append(try fixture.wait(for: id).version)
        #expect(versions == versions.sorted() && Set(versions).count == versions.count)
        #expect(try fixture.board.estimate()?.secondsToEnd(of: id) == nil)
        #expect(fixture.stop())
    }
}
