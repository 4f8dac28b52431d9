import Dispatch
import Jobs
import JobsFakeEngine
import Locking
import TestSupport
import Testing

/// Leases in the pool: renewed while a job is held, taken back from who has died, both by clocks that jump.
@Suite struct PoolLeaseTests {
    /// Goes with the real clock, and jumps ahead when it is told to.
    private final class JumpingClock: Sendable {
        private let ahead = Lock(Duration.zero)

        var now: ContinuousClock.Instant { .now + ahead.withLock { $0 } }

        func jump(_ duration: Duration) { ahead.withLock { $0 += duration } }
    }

    private let clock = JumpingClock()
    /// The store's.
    private let wall = TestClock()
    private let contents = MemoryJobStore.Contents()

    /// A process with the queue.
    private func process(_ engine: FakeEngine = FakeEngine(), models: Set<String>? = nil) throws -> PoolFixture {
        var configuration = WorkerPoolConfiguration(workers: 1, maximumBatchRows: 4)
        configuration.models = models
        configuration.clock = { [clock] in clock.now }
        return try PoolFixture(store(), engine: engine, configuration: configuration)
    }

    private func store() -> MemoryJobStore { MemoryJobStore(contents) { [wall] in wall.now } }

    private func jump(_ seconds: Int) {
        wall.advance(milliseconds: Int64(seconds) * 1_000)
        clock.jump(.seconds(seconds))
    }

    private func stop(_ fixture: PoolFixture) { #expect(fixture.pool.shutdown(deadline: clock.now + Patience.duration)) }

    @Test func theJobOfADeadProcessIsRunByALivingOne() throws {
        let dead = store()
        let request = FakeRequest(seed: 1, images: 2, steps: 6)
        let id = try dead.insert(request.newJob(), queueLimit: 1).job.id
        let lease = try #require(try dead.lease(limit: 1).first)
        try dead.begin([lease])
        let fixture = try process()
        try fixture.pool.start()
        // Its owner may live.
        let other = try fixture.submit(FakeRequest(seed: 50))
        try fixture.wait(for: other)
        #expect(try fixture.board.job(id).status == .running)
        jump(61)
        // Threads sleep by a clock that does not jump; an arrival wakes them.
        _ = try fixture.submit(FakeRequest(seed: 60))
        #expect(try fixture.wait(for: id).attempt == 2)
        try fixture.expectImages(of: id, request)
        #expect(try dead.save([lease.checkpoint(step: 1)]) == [id])
        stop(fixture)
    }

    @Test func whoIsInALongStepKeepsItsJob() throws {
        let engine = FakeEngine(gated: true)
        let owner = try process(engine, models: ["model0"])
        let other = try process(models: ["model1"])
        let request = FakeRequest(seed: 1, steps: 2)
        let id = try owner.submit(request)
        try owner.pool.start()
        try owner.wait(for: id) { $0.status == .running }
        try other.pool.start()
        for _ in 0..<8 {
            jump(20)
            // Both are woken by the arrival; the owner renews, the other looks for what has ended.
            let end = JobRules.leaseEnd(from: wall.now)
            let next = try owner.submit(FakeRequest(seed: 50, group: 1))
            try other.wait(for: next)
            try owner.eventually { contents.state.withLock { $0.entries[0].lease?.end } == end }
            #expect(try other.store.recover().isEmpty)
            #expect(try owner.store.job(id).status == .running)
        }
        engine.open(10)
        #expect(try owner.wait(for: id).attempt == 1)
        try owner.expectImages(of: id, request)
        stop(owner)
        stop(other)
    }

    /// However long ends cannot be written, of what was made and of what was refused: nobody else takes these jobs.
    @Test(arguments: [true, false]) func whoCannotWriteAnEndKeepsItsJobs(_ isRefused: Bool) throws {
        let stored = try StoreFixture(), store = InterposedStore(stored.store)
        let isOpen = Lock(false), attempts = Lock(0), gate = DispatchSemaphore(value: 0)
        store.beforeEnd.withLock {
            $0 = { () throws(JobStoreError) in
                attempts.withLock { $0 += 1 }
                if isOpen.withLock({ $0 }) { return }
                if isRefused { throw .storeFull("images") }
                gate.wait()
            }
        }
        var configuration = WorkerPoolConfiguration(workers: 1, maximumBatchRows: 4)
        configuration.renewalInterval = .milliseconds(20)
        let fixture = try PoolFixture(store, configuration: configuration)
        let request = FakeRequest(seed: 1, images: 2)
        let ids = try [request, FakeRequest(seed: 50, failure: .plan)].map(fixture.submit)
        try fixture.pool.start()
        try fixture.eventually { try attempts.withLock { $0 } > 0 && stored.store.inspect("SELECT count(lease) FROM jobs") == "2" }
        for _ in 0..<2 {
            stored.clock.advance(milliseconds: 50_000)
            let end = JobRules.leaseEnd(from: stored.clock.now).milliseconds
            try fixture.eventually { try stored.store.inspect("SELECT min(lease_expires_at) FROM jobs") == "\(end)" }
        }
        isOpen.withLock { $0 = true }
        gate.signal()
        #expect(try ids.map { try fixture.wait(for: $0).status } == [.succeeded, .failed])
        #expect(try ids.map { try fixture.board.job($0).attempt } == [1, 1])
        try fixture.expectImages(of: ids[0], request)
        #expect(fixture.stop())
    }

    @Test func aJobThatWasTakenAwayIsDroppedAndMayComeBack() throws {
        let engine = FakeEngine(gated: true)
        let fixture = try process(engine)
        let request = FakeRequest(seed: 1, steps: 4)
        let id = try fixture.submit(request)
        try fixture.pool.start()
        engine.open(1)
        try fixture.wait(for: id) { $0.progress.step == 1 }
        // The owner's clocks have not moved: another process thinks that it is dead, and gives the job back.
        wall.advance(milliseconds: 60_000)
        #expect(try store().recover() == [id])
        engine.open(20)
        #expect(try fixture.wait(for: id).attempt == 2)
        try fixture.expectImages(of: id, request)
        stop(fixture)
    }

    @Test func eachProcessRunsTheModelsThatItHas() throws {
        let processes = try [process(models: ["model0"]), process(models: ["model1", "model2"])]
        let requests = (0..<9).map { FakeRequest(seed: UInt64(100 * $0), steps: 3, group: $0 % 3) }
        let ids = try requests.map(processes[0].submit)
        for process in processes { try process.pool.start() }
        for (id, request) in zip(ids, requests) {
            try processes[request.group == 0 ? 0 : 1].wait(for: id)
            try processes[0].expectImages(of: id, request)
        }
        #expect(Set(processes[0].engine.begun.map(\.seed)) == [0, 300, 600])
        #expect(processes[1].engine.begun.count == 6)
        for process in processes { stop(process) }
    }
}
