import Jobs
import JobsFakeEngine
import JobsSQLite
import TestSupport
import Testing

@Suite struct PoolRestartTests {
    private let configuration = WorkerPoolConfiguration(workers: 2, maximumBatchRows: 4)

    @Test func aStopSavesAndARestartGoesOn() throws {
        let store = try StoreFixture().store
        let requests = [
            FakeRequest(seed: 1, images: 3, steps: 40), FakeRequest(seed: 50, images: 1, steps: 60, rows: 2),
        ]
        var ids: [JobID] = []
        var stepped = 0
        for launch in 0..<4 {
            let engine = FakeEngine(gated: true)
            let fixture = try PoolFixture(store, engine: engine, configuration: configuration)
            if launch == 0 { ids = try requests.map(fixture.submit) }
            let before = try ids.map { try fixture.board.job($0).progress.step }
            try fixture.pool.start()
            engine.open(9)
            func done() throws -> Int { try ids.reduce(0) { $0 + Int(try fixture.board.job($1).timing.imageSteps) } }
            try fixture.eventually {
                try engine.batches.count == 9 && done() == stepped + engine.batches.reduce(0) { $0 + $1.count }
            }
            stepped = try done()
            #expect(fixture.abandon())
            let jobs = try ids.map { try fixture.board.job($0) }
            #expect(jobs.allSatisfy { $0.status == .queued && $0.attempt == 0 })
            #expect(zip(jobs, before).contains { $0.progress.step > $1 })
            // Everything was saved, and nothing of the steps that were abandoned.
            #expect(try done() == stepped)
        }
        let fixture = try PoolFixture(store, configuration: configuration)
        try fixture.pool.start()
        for (id, request) in zip(ids, requests) {
            let job = try fixture.wait(for: id)
            try fixture.expectImages(of: id, request)
            #expect(job.attempt == 1)
            #expect(job.resumedFromStep.map { $0 > 0 } == true)
        }
        #expect(fixture.stop())
        #expect(fixture.engine.begun.contains { $0.step > 0 })
    }

    @Test func finishedImagesOfAnUnfinishedJobAreNotMadeAgain() throws {
        let store = try StoreFixture().store
        let request = FakeRequest(seed: 1, images: 5, steps: 2)
        let engine = FakeEngine(gated: true)
        let first = try PoolFixture(
            store, engine: engine, configuration: WorkerPoolConfiguration(workers: 1, maximumBatchRows: 2))
        let id = try first.submit(request)
        try first.pool.start()
        engine.open(5)
        try first.wait(for: id) { $0.timing.imageSteps == 9 }
        // The worker has the last step in hand and gets no permit: it is abandoned.
        #expect(first.abandon())
        let second = try PoolFixture(store)
        try second.pool.start()
        #expect(try second.wait(for: id).resumedFromStep == 1)  // 9 steps over 5 images
        try second.expectImages(of: id, request)
        #expect(second.stop())
        #expect(second.engine.begun == [FakeEngine.Part(seed: 1, image: 4, step: 1)])
    }

    @Test func aStepThatOutlastsTheDeadlineIsAbandoned() throws {
        let store = try StoreFixture().store
        let engine = FakeEngine(gated: true)
        let first = try PoolFixture(
            store, engine: engine, configuration: WorkerPoolConfiguration(workers: 1, maximumBatchRows: 2))
        let request = FakeRequest(seed: 1, images: 2, steps: 8)
        let id = try first.submit(request)
        try first.pool.start()
        engine.open(3)
        try first.wait(for: id) { $0.progress.step == 3 }
        #expect(first.pool.shutdown(deadline: .now + .milliseconds(500)))
        #expect(try store.job(id).status == .queued)
        let second = try PoolFixture(store)
        try second.pool.start()
        // The abandoned step comes back late: nobody may take it.
        engine.open(50)
        #expect(try second.wait(for: id).resumedFromStep == 3)
        try second.expectImages(of: id, request)
        #expect(second.stop())
        #expect(Set(second.engine.begun.map(\.step)) == [3])
    }

    @Test func unreadableProgressIsMadeAnew() throws {
        let store = try StoreFixture().store
        let request = FakeRequest(seed: 1, images: 2, steps: 8, rows: 2)
        let id = try store.insert(request.newJob(), queueLimit: 1).job.id
        let lease = try #require(try store.lease(limit: 1).first)
        _ = try store.save([lease.checkpoint(step: 5)])
        try store.release([lease])
        let fixture = try PoolFixture(store)
        try fixture.pool.start()
        try fixture.wait(for: id)
        // The evaluations that the lost progress had taken are not counted.
        try fixture.expectImages(of: id, request)
        #expect(fixture.stop())
    }

    @Test func aJobWhoseLeaseIsLostIsDropped() throws {
        let store = try StoreFixture().store
        let settings = WorkerPoolConfiguration(
            workers: 1, maximumBatchRows: 4, maximumActiveJobs: 1, saveInterval: .milliseconds(5))
        let fixture = try PoolFixture(store, engine: FakeEngine(delay: .milliseconds(1)), configuration: settings)
        let request = FakeRequest(seed: 50, steps: 2)
        let ids = try [FakeRequest(seed: 1, steps: 1_000_000), request].map(fixture.submit)
        try fixture.pool.start()
        try fixture.wait(for: ids[0]) { $0.progress.step >= 2 }
        // Behind the pool's back, as another process would.
        _ = try store.cancel(ids[0], usage: nil)
        try fixture.wait(for: ids[1])
        try fixture.expectImages(of: ids[1], request)
        #expect(fixture.stop())
    }
}
