import Jobs
import JobsFakeEngine
import JobsSQLite
import TestSupport
import Testing

/// Jobs whose process has died.
@Suite struct PoolCrashTests {
    private let configuration = WorkerPoolConfiguration(workers: 2, maximumBatchRows: 4)

    @Test func aJobThatKillsTheProcessIsGivenUp() throws {
        let folder = try TemporaryFolder()
        let id = try SQLiteJobStore(path: folder.storePath).insert(FakeRequest(seed: 1).newJob(), queueLimit: 1).job.id
        for _ in 0..<3 {
            // Leased, then the process is gone.
            let store = try SQLiteJobStore(path: folder.storePath)
            _ = try store.recover()
            #expect(try store.lease(limit: 1).count == 1)
        }
        let fixture = try PoolFixture(SQLiteJobStore(path: folder.storePath))
        try fixture.pool.start()
        let job = try fixture.wait(for: id)
        #expect(job.status == .failed)
        #expect(job.error == Array("\(WorkerPoolError.attemptsExhausted(attempts: 3))".utf8))
        #expect(fixture.engine.begun.isEmpty)
        // The service goes on.
        let request = FakeRequest(seed: 2)
        let next = try fixture.submit(request)
        try fixture.wait(for: next)
        try fixture.expectImages(of: next, request)
        #expect(fixture.stop())
    }

    @Test func aJobThatGotNowhereGoesFirst() throws {
        let folder = try TemporaryFolder()
        // Different keys: they cannot share a batch.
        let moving = FakeRequest(seed: 10, steps: 8, group: 0), stuck = FakeRequest(seed: 20, steps: 8, group: 1)
        let ids = try [moving, stuck].map { request in
            try SQLiteJobStore(path: folder.storePath).insert(request.newJob(), queueLimit: 2).job.id
        }
        for _ in 1...2 {
            // Both are leased, the older one is given back in good order, then the process is gone.
            let store = try SQLiteJobStore(path: folder.storePath)
            _ = try store.recover()
            let leases = try store.lease(limit: 2)
            try store.release(leases.filter { $0.job.id == ids[0] })
        }
        // One worker: of two, chance decides whose first step is noted first.
        let fixture = try PoolFixture(
            SQLiteJobStore(path: folder.storePath),
            configuration: WorkerPoolConfiguration(workers: 1, maximumBatchRows: 4))
        try fixture.pool.start()
        for id in ids { try fixture.wait(for: id) }
        #expect(fixture.engine.batches.first?.first?.seed == 20)
        #expect(fixture.stop())
    }

    @Test func aJobThatWasInterruptedIsSavedAtItsFirstProgress() throws {
        let folder = try TemporaryFolder()
        let request = FakeRequest(seed: 1, steps: 100)
        let id: JobID
        do {
            let store = try SQLiteJobStore(path: folder.storePath)
            id = try store.insert(request.newJob(), queueLimit: 1).job.id
            _ = try store.lease(limit: 1)
        }
        let engine = FakeEngine(gated: true)
        var patient = configuration
        patient.saveInterval = .seconds(3_600)
        let fixture = try PoolFixture(SQLiteJobStore(path: folder.storePath), engine: engine, configuration: patient)
        try fixture.pool.start()
        engine.open(1)
        try fixture.eventually { try fixture.store.job(id).progress.step == 1 }
        engine.open(99)
        try fixture.wait(for: id)
        try fixture.expectImages(of: id, request)
        // Once; twice if the second step ended before the first save did.
        #expect(engine.saves <= 2)
        #expect(fixture.stop())
    }
}
