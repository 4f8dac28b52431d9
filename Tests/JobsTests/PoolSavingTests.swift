import Jobs
import JobsFakeEngine
import JobsSQLite
import TestSupport
import Testing

/// When progress is saved.
@Suite struct PoolSavingTests {
    private let configuration = WorkerPoolConfiguration(workers: 2, maximumBatchRows: 4)

    @Test func whatMovesOnDuringASaveIsSavedAgain() throws {
        let store = try InterposedStore(StoreFixture().store)
        let engine = FakeEngine(gated: true)
        let settings = WorkerPoolConfiguration(workers: 1, maximumBatchRows: 4, saveInterval: .milliseconds(5))
        let fixture = try PoolFixture(store, engine: engine, configuration: settings)
        let id = try fixture.submit(FakeRequest(seed: 1, images: 2, steps: 20))
        store.afterSave.withLock {
            $0 = {
                engine.open(3)
                _ = try? fixture.wait(for: id) { $0.progress.step == 4 }
            }
        }
        try fixture.pool.start()
        engine.open(1)
        try fixture.eventually { try store.job(id).progress.step == 4 }
        #expect(fixture.abandon())
        let lease = try #require(try store.lease(limit: 1).first)
        #expect(lease.saved.mapValues(\.step) == [0: 4, 1: 4])
    }

    @Test func progressIsSavedEverySoOften() throws {
        var often = configuration
        often.saveInterval = .milliseconds(10)
        let engine = FakeEngine(gated: true)
        let fixture = try PoolFixture(SQLiteJobStore(inMemory: .init()), engine: engine, configuration: often)
        let id = try fixture.submit(FakeRequest(seed: 1, steps: 100))
        try fixture.pool.start()
        for step in [3, 7] {
            engine.open(step == 3 ? 3 : 4)
            try fixture.eventually { try fixture.store.job(id).progress.step == step }
        }
        // Nothing new, nothing saved.
        let saves = engine.saves
        try fixture.wait(for: id) { $0.progress.step == 7 }
        #expect(engine.saves == saves)
        #expect(fixture.abandon())
    }
}
