import Jobs
import JobsFakeEngine
import JobsSQLite
import TestSupport
import Testing

/// Steps that nobody wants any more, and large ones beside small ones.
@Suite struct PoolInterestTests {
    private func fixture(
        workers: Int = 1, rows: Int = 4, store: some JobStore, restAfter: Duration = .seconds(3_600),
        stepGrace: Duration = .milliseconds(500)
    ) throws -> PoolFixture {
        var configuration = WorkerPoolConfiguration(workers: workers, maximumBatchRows: rows)
        (configuration.restAfter, configuration.stepGrace) = (restAfter, stepGrace)
        return try PoolFixture(store, engine: FakeEngine(gated: true, attentive: true), configuration: configuration)
    }

    private func part(_ seed: UInt64, _ image: Int, _ step: Int) -> FakeEngine.Part { .init(seed: seed, image: image, step: step) }

    @Test func cancellingLeavesTheStepAtOnce() throws {
        let fixture = try fixture(store: SQLiteJobStore(inMemory: .init()))
        let doomed = try fixture.submit(FakeRequest(seed: 1, images: 4, steps: 9))
        try fixture.pool.start()
        try fixture.eventually { fixture.engine.arrivals.count == 1 }
        _ = try fixture.board.cancel(doomed)
        try fixture.eventually { fixture.engine.left == 1 }
        // No step has been let through; the worker is free for what comes.
        #expect(fixture.engine.batches.isEmpty)
        let other = FakeRequest(seed: 50, steps: 2)
        let next = try fixture.submit(other)
        fixture.engine.open(2)
        try fixture.wait(for: next)
        try fixture.expectImages(of: next, other)
        #expect(fixture.stop())
    }

    @Test func aStepThatSomebodyElseWaitsForGoesOn() throws {
        let fixture = try fixture(store: SQLiteJobStore(inMemory: .init()))
        let other = FakeRequest(seed: 50, images: 2, steps: 2)
        let doomed = try fixture.submit(FakeRequest(seed: 1, images: 2, steps: 9)), next = try fixture.submit(other)
        try fixture.pool.start()
        try fixture.eventually { fixture.engine.arrivals.count == 1 }
        _ = try fixture.board.cancel(doomed)
        fixture.engine.open(2)
        try fixture.wait(for: next)
        try fixture.expectImages(of: next, other)
        #expect(fixture.engine.left == 0)
        #expect(fixture.engine.batches == [[part(1, 0, 0), part(50, 0, 0), part(1, 1, 0), part(50, 1, 0)], [part(50, 0, 1), part(50, 1, 1)]])
        #expect(fixture.stop())
    }

    @Test func theOtherImagesOfAJobThatFailedAreLeft() throws {
        let fixture = try fixture(workers: 2, rows: 1, store: SQLiteJobStore(inMemory: .init()))
        // Whoever waits at the gate may be let through, any number of times in a row: there must be more steps than the
        // one image can have taken before the other has come to the step that fails.
        let id = try fixture.submit(FakeRequest(seed: 1, images: 2, steps: 100_000, failure: .step))
        try fixture.pool.start()
        for opened in 0... {
            try fixture.eventually { try fixture.board.job(id).status == .failed || fixture.engine.arrivals.count >= opened + 2 }
            if try fixture.board.job(id).status == .failed { break }
            fixture.engine.open(1)
        }
        // Both workers were at the gate when the second image failed.
        try fixture.eventually { fixture.engine.left == 1 }
        #expect(fixture.stop())
    }

    @Test func aStopLeavesAStepThatLasts() throws {
        let store = try StoreFixture().store
        let fixture = try fixture(store: store)
        let request = FakeRequest(seed: 1, images: 2, steps: 8)
        let id = try fixture.submit(request)
        try fixture.pool.start()
        fixture.engine.open(3)
        try fixture.wait(for: id) { $0.progress.step == 3 }
        try fixture.eventually { fixture.engine.arrivals.count >= 4 }
        #expect(fixture.stop(within: .seconds(3_600)))
        #expect(fixture.engine.left == 1)
        let before = try store.job(id)
        #expect(before.status == .queued && before.progress.step == 3 && before.timing.networkCalls == 6)
        let second = try PoolFixture(store)
        try second.pool.start()
        #expect(try second.wait(for: id).resumedFromStep == 3)
        try second.expectImages(of: id, request)
        #expect(second.stop())
    }

    /// The grace is for steps that may end within it.
    @Test func aStopLeavesALargeStepAtOnce() throws {
        let store = try SQLiteJobStore(inMemory: .init())
        // Who waits for it here waits too long.
        let fixture = try fixture(store: store, stepGrace: .seconds(3_600))
        let id = try fixture.submit(FakeRequest(seed: 1, steps: 8, isLarge: true))
        try fixture.pool.start()
        try fixture.eventually { fixture.engine.arrivals.count == 1 }
        let start = ContinuousClock.now
        #expect(fixture.stop(within: .seconds(7_200)))
        #expect(start.duration(to: .now) < Patience.duration)
        #expect(fixture.engine.left == 1)
        #expect(try store.job(id).status == .queued)
    }

    @Test(arguments: [1, 2]) func smallJobsDoNotWaitForLargeSteps(workers: Int) throws {
        let fixture = try fixture(workers: workers, store: SQLiteJobStore(inMemory: .init()))
        let large = (0..<3).map { FakeRequest(seed: UInt64(1_000 * ($0 + 1)), images: 3, steps: 2, group: $0, isLarge: true) }
        let giants = try large.map(fixture.submit)
        try fixture.pool.start()
        try fixture.eventually { fixture.engine.arrivals.count == workers }
        // Every worker is in a large step, which does not end.
        let small = FakeRequest(seed: 50, images: 3, steps: 4, group: 9)
        let quick = try fixture.submit(small)
        fixture.engine.open(4)
        try fixture.wait(for: quick)
        try fixture.expectImages(of: quick, small)
        #expect(fixture.engine.arrivals.filter { $0[0].seed >= 1_000 }.count == workers, "the one for small jobs takes none of the large")
        fixture.engine.openLarge(18)
        for (id, request) in zip(giants, large) {
            try fixture.wait(for: id)
            try fixture.expectImages(of: id, request)
        }
        #expect(fixture.engine.batches.filter { $0[0].seed >= 1_000 }.allSatisfy { $0.count == 1 }, "large images are stepped one by one")
        #expect(fixture.stop())
    }

    @Test func largeJobsDoNotTakeThePlacesOfOthers() throws {
        let fixture = try fixture(rows: 2, store: SQLiteJobStore(inMemory: .init()))
        let giants = try (0..<10).map { try fixture.submit(FakeRequest(seed: UInt64(1_000 * ($0 + 1)), steps: 2, group: $0, isLarge: true)) }
        let small = (0..<4).map { FakeRequest(seed: UInt64(10 * $0), steps: 3, group: 20 + $0) }
        let quick = try small.map(fixture.submit)
        try fixture.pool.start()
        fixture.engine.open(12)
        for (id, request) in zip(quick, small) {
            try fixture.wait(for: id)
            try fixture.expectImages(of: id, request)
        }
        // One is being computed, or was to be first; the others say that they wait, also the one that takes turns with it.
        try fixture.wait(for: giants[0]) { $0.status == .running }
        #expect(try giants.map { try fixture.board.job($0).status } == [.running] + Array(repeating: .queued, count: 9))
        #expect(try giants.map { try fixture.board.job($0).queuePosition } == [nil] + (1...9).map { $0 })
        fixture.engine.openLarge(20)
        for id in giants { try fixture.wait(for: id) }
        #expect(fixture.stop())
    }

    @Test func whoHasNothingToDoRests() throws {
        let fixture = try fixture(workers: 2, store: SQLiteJobStore(inMemory: .init()), restAfter: .milliseconds(5))
        try fixture.pool.start()
        // Two workers, and the one beside them; once each.
        try fixture.eventually { fixture.engine.rests.count == 3 }
        let request = FakeRequest(seed: 1, steps: 1)
        let id = try fixture.submit(request)
        try fixture.eventually { fixture.engine.arrivals.count == 1 }
        fixture.engine.open(1)
        try fixture.wait(for: id)
        try fixture.expectImages(of: id, request)
        try fixture.eventually { fixture.engine.rests.count == 4 }
        #expect(fixture.engine.rests.allSatisfy { $0 })
        #expect(fixture.stop())
    }
}
