import Dispatch
import Jobs
import JobsFakeEngine
import JobsPostgres
import Locking
import TestSupport
import Testing

/// Parts of jobs: what becomes of them when a process dies, a job is cancelled or an answer is lost.
@Suite(.enabled(if: PostgresServer.whyNot == nil, "PostgreSQL is not installed (Debian: postgresql)"))
struct PostgresPartTests {
    private let schema = PostgresServer.newSchema()
    private let clock = TestClock()

    private func open(_ configure: (inout PostgresJobStore.Configuration) -> Void = { _ in }) throws -> PostgresJobStore {
        try PostgresServer.shared().store(schema: schema) { settings in
            settings.clock = { [clock] in clock.now }
            configure(&settings)
        }
    }

    /// One job of 16 images, of which each of the stores has a part.
    private func share(_ stores: [PostgresJobStore]) throws -> [JobLease] {
        _ = try stores[0].insert(FakeRequest(seed: 7, images: 16).newJob(), queueLimit: 9)
        let leases = try stores.map { try #require(try $0.lease(StorePartTests.places).first) }
        for (store, lease) in zip(stores, leases) { try store.begin([lease]) }
        return leases
    }

    private func images(_ lease: JobLease) -> JobCheckpoint { lease.checkpoint(images: lease.images) }

    @Test func thePartOfADeadProcessIsMadeByAnother() throws {
        let stores = try [open(), open(), open()]
        let leases = try share(Array(stores[..<2])), id = leases[0].job.id
        #expect(leases.map(\.images) == [0..<8, 8..<12])
        #expect(try stores[0].save([leases[0].checkpoint(images: 0..<1)]).isEmpty)
        #expect(try stores[0].save([saved(leases[0], 1, step: 3)]).isEmpty)
        clock.advance(milliseconds: 14_000)
        #expect(try stores[1].renew([leases[1]]).isEmpty)
        clock.advance(milliseconds: 1_000)
        #expect(try stores[1].recover() == [id] && stores[1].recover().isEmpty)
        #expect(try stores[1].job(id).status == .running, "others go on with it")
        let again = try #require(try stores[2].lease(StorePartTests.places).first)
        #expect(again.images == 0..<8 && again.finished == [0: 4] && again.saved.mapValues(\.step) == [1: 3])
        #expect(again.usage.networkCalls == 7 && again.usage.imagesDone == 1 && again.job.attempt == 2)
        // What the dead one writes now is refused.
        #expect(try stores[0].save([images(leases[0])]) == [id] && stores[0].renew([leases[0]]) == [id])
        #expect(throws: JobStoreError.leaseLost(id)) { try stores[0].finishPart(images(leases[0])) }
        #expect(throws: JobStoreError.leaseLost(id)) { try stores[0].fail(leases[0], problem: [], usage: again.usage) }
        #expect(try stores[2].job(id).images.count == 1)
        #expect(try !stores[2].finishPart(images(again)) && !stores[1].finishPart(images(leases[1])))
        let last = try #require(try stores[1].lease(StorePartTests.places).first)
        #expect(try last.images == 12..<16 && stores[1].finishPart(images(last)))
        let job = try stores[0].job(id)
        #expect(job.status == .succeeded && job.timing.networkCalls == 64 && job.progress.imagesDone == 16)
    }

    private func saved(_ lease: JobLease, _ image: Int, step: Int) -> JobCheckpoint {
        JobCheckpoint(
            lease: lease,
            usage: JobUsage(
                computeNanoseconds: 9, networkCalls: 4 + Int64(step), imageSteps: 4 + Int64(step), imagesDone: 1),
            trajectories: [image: SavedTrajectory(step: step, calls: Int64(step), bytes: [1])])
    }


    /// A job that something else has written into keeps no other waiting, and its parts are nobody's.
    @Test func aDamagedJobThatIsSharedIsEnded() throws {
        let stores = try [open(), open(), open()]
        let leases = try share(Array(stores[..<2])), id = leases[0].job.id
        _ = try stores[0].inspect("ALTER TABLE jobs DROP CONSTRAINT jobs_id_check")
        _ = try stores[0].inspect("UPDATE jobs SET id = 'x'")
        let next = try stores[2].insert(FakeRequest(seed: 8).newJob(), queueLimit: 9).job.id
        #expect(try stores[2].lease(StorePartTests.places).map(\.job.id) == [next])
        #expect(try stores[2].inspect("SELECT count(*) FROM parts") == "0")
        #expect(try stores[0].save([images(leases[0])]) == [id])
        #expect(throws: JobStoreError.leaseLost(id)) { try stores[1].finishPart(images(leases[1])) }
    }

    /// When all are gone the job waits again, and what was saved of it is gone on from.
    @Test func aJobThatNobodyHasGoesBackWhole() throws {
        let stores = try [open(), open()]
        let leases = try share(stores), id = leases[0].job.id
        #expect(try stores[1].save([leases[1].checkpoint(images: 8..<9)]).isEmpty)
        clock.advance(milliseconds: 15_000)
        #expect(try stores[0].recover() == [id])
        #expect(try stores[0].job(id).status == .queued && stores[0].inspect("SELECT count(*) FROM parts") == "0")
        let again = try #require(try stores[0].lease(LeasePlaces(small: 9, large: 9)).first)
        #expect(again.part == nil && again.finished == [8: 4] && again.job.attempt == 2)
        #expect(again.usage.networkCalls == 4 && again.job.resumedFromStep == 0)
        // The same when they stop in good order; then it has not been started.
        try stores[0].release([again])
        let parts = try stores.map { try #require(try $0.lease(StorePartTests.places).first) }
        try stores[0].release([parts[0]])
        #expect(try stores[0].inspect("SELECT count(*) FROM parts WHERE lease IS NULL") == "2")
        try stores[1].release([parts[1], parts[0]])
        #expect(try stores[0].inspect("SELECT attempt FROM jobs WHERE status = 'queued'") == "1")
        #expect(try stores[0].inspect("SELECT count(*) FROM parts") == "0")
    }

    /// Cancelled, or failed by one: the others hear of it, and what they write is refused.
    @Test(arguments: [true, false]) func anEndIsForAllParts(_ isCancelled: Bool) throws {
        let stores = try [open(), open(), open()]
        let told = Lock<Set<StoreEvent>>([])
        let observation = stores[1].observe { event in told.withLock { _ = $0.insert(event) } }
        let leases = try share(Array(stores[..<2])), id = leases[0].job.id
        #expect(try stores[0].save([leases[0].checkpoint(images: 0..<1)]).isEmpty)
        if isCancelled {
            _ = try stores[2].cancel(id, usage: nil)
        } else {
            try stores[0].fail(leases[0], problem: [1], usage: leases[0].usage)
        }
        let deadline = ContinuousClock.now + Patience.duration
        while told.withLock({ !$0.contains(.cancelled(id)) }), ContinuousClock.now < deadline {
            _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(2))
        }
        #expect(told.withLock { $0 }.contains(.cancelled(id)))
        #expect(try stores[1].save([images(leases[1])]) == [id] && stores[1].lease(StorePartTests.places).isEmpty)
        #expect(throws: JobStoreError.leaseLost(id)) { try stores[1].finishPart(images(leases[1])) }
        #expect(try stores[1].job(id).images.isEmpty && stores[1].inspect("SELECT count(*) FROM parts") == "0")
        withExtendedLifetime(observation) {}
    }

    /// Only the part that kills its process is given up, however well the others go.
    @Test func attemptsAreCountedForEachPart() throws {
        let stores = try [open(), open()]
        let leases = try share(stores)
        var fruitless: [Int] = []
        for round in 1...3 {
            #expect(try stores[1].save([leases[1].checkpoint(images: 8..<8 + round)]).isEmpty)
            clock.advance(milliseconds: 14_000)
            #expect(try stores[1].renew([leases[1]]).isEmpty)
            clock.advance(milliseconds: 1_000)
            _ = try stores[0].recover()
            fruitless.append(try #require(try stores[0].lease(StorePartTests.places).first).fruitlessAttempts)
        }
        #expect(fruitless == [2, 3, 4])
    }

    /// The answer to every commit is lost once: no part is leased or finished twice.
    @Test func aCommitWhoseAnswerIsLostIsFound() throws {
        let isLost = Lock(false)
        let lossy = try open { settings in
            settings.losesAnswer = {
                isLost.withLock { isLost in
                    isLost.toggle()
                    return isLost
                }
            }
        }
        let other = try open()
        let leases = try share([lossy, other])
        #expect(leases.map(\.images) == [0..<8, 8..<12])
        #expect(try other.inspect("SELECT count(*) FROM parts") == "3")
        #expect(try !lossy.finishPart(images(leases[0])))
        let next = try #require(try lossy.lease(StorePartTests.places).first)
        #expect(try next.images == 12..<16 && !other.finishPart(images(leases[1])))
        #expect(try lossy.finishPart(images(next)))
        #expect(try other.job(next.job.id).timing.networkCalls == 64)
        #expect(try other.audit(after: 0, limit: 9).map(\.event.act.action) == [.submit, .succeed])
    }

    /// One job of 256 images, shared by four processes: the bytes are those of one.
    @Test func processesMakeOneJobTogether() throws {
        var configuration = WorkerPoolConfiguration(workers: 1, maximumBatchRows: 8)
        (configuration.sharesJobs, configuration.renewalInterval) = (true, .seconds(2))
        let request = FakeRequest(seed: 3, images: 256, steps: 3)
        let fixtures = try (0..<4).map { _ in
            try PoolFixture(
                PostgresServer.shared().store(schema: schema), engine: FakeEngine(gated: true),
                configuration: configuration)
        }
        for (number, fixture) in fixtures.enumerated() {
            let model = WorkerRecord.Model(ModelReference(name: "model0", weightsSHA256: "ab"))
            var worker = WorkerRecord(
                id: "\(number)", name: "", role: "worker", program: .init(version: "", arithmetic: ""), cores: 1)
            worker.models = [model]
            try fixture.board.announce(worker)
            try fixture.pool.start()
        }
        let id = try fixtures[0].submit(request)
        // Nobody gets on before each has a part.
        try fixtures[0].eventually { fixtures.allSatisfy { !$0.engine.begun.isEmpty } }
        for fixture in fixtures { fixture.engine.open(10_000) }
        try fixtures[3].wait(for: id)
        try fixtures[3].expectImages(of: id, request)
        let begun = fixtures.map { $0.engine.begun.count }
        #expect(begun.reduce(0, +) == 256, "\(begun)")
        for fixture in fixtures { fixture.stop() }
    }
}
