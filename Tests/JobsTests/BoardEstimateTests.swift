import JobsFakeEngine
import JobsSQLite
import Testing
@testable import Jobs

/// When jobs will be done, as the board reckons it.
@Suite struct BoardEstimateTests {
    @Test func waitsAreReckonedFromMeasuredSpeedAndTheWorkAhead() throws {
        let store = try SQLiteJobStore(inMemory: .init())
        let board = try JobBoard(store: store)
        // 10, 40 and 20 evaluations.
        let ids = try [(1, 10), (2, 20), (1, 20)].map { images, steps in
            try board.submit(FakeRequest(seed: 1, images: images, steps: steps).newJob()).job.id
        }
        #expect(try board.estimate()?.secondsToEnd(of: ids[0]) == nil)
        board.rates.record(model: "model0", nanoseconds: 4_000_000_000, calls: 8, unitsPerCall: 1)
        #expect(board.rates.millisecondsPerCall(model: "model0") == 500)
        #expect(try ids.map { try board.estimate()?.secondsToEnd(of: $0) } == [5, 25, 35])
        #expect(try board.estimate()?.secondsToFreePlace == 0)
        // The first two run by turns, three steps at a time in the reckoning: 10 evaluations of one and 9 of the other
        // until the first ends.
        let leases = try store.lease(limit: 2)
        #expect(try ids.map { try board.estimate()?.secondsToEnd(of: $0) } == [9.5, 25, 35])
        #expect(try board.estimate()?.secondsToFreePlace == 9.5)
        _ = try store.save([leases[0].checkpoint(step: 4)])
        #expect(try ids.map { try board.estimate()?.secondsToEnd(of: $0) } == [5, 23, 33])
        // A moving average; nonsense is not taken in.
        board.rates.record(model: "model0", nanoseconds: 1_500_000_000, calls: 1, unitsPerCall: 1)
        board.rates.record(model: "model0", nanoseconds: 1, calls: 0, unitsPerCall: 1)
        #expect(board.rates.millisecondsPerCall(model: "model0") == 600)
        _ = try board.cancel(ids[2])
        #expect(try board.estimate()?.secondsToEnd(of: ids[2]) == nil)
    }

    /// However many ask and however often the store changes, an estimate is made when the last one is too old, and only
    /// then.
    @Test func anEstimateServesForAWhile() throws {
        let store = try SQLiteJobStore(inMemory: .init())
        var settings = JobBoard.Configuration()
        settings.estimateLifetime = .seconds(86_400)
        let board = try JobBoard(store: store, configuration: settings)
        board.note(WorkerPoolConfiguration(workers: 1, maximumBatchRows: 1))
        let first = try board.submit(FakeRequest(seed: 1, steps: 10).newJob()).job.id
        // Nothing is measured: no estimate, which is not kept.
        #expect(try board.estimate() == nil)
        board.rates.record(model: "model0", nanoseconds: 500_000_000, calls: 1, unitsPerCall: 1)
        #expect(try board.estimate()?.secondsToEnd(of: first) == 5)
        let second = try board.submit(FakeRequest(seed: 2, steps: 10).newJob()).job.id
        #expect(try board.estimate()?.secondsToEnd(of: second) == nil)
        #expect(try board.estimate()?.secondsToEnd(of: first) == 5)

        settings.estimateLifetime = .zero
        let hurried = try JobBoard(store: store, configuration: settings)
        hurried.note(WorkerPoolConfiguration(workers: 1, maximumBatchRows: 1))
        hurried.rates.record(model: "model0", nanoseconds: 500_000_000, calls: 1, unitsPerCall: 1)
        #expect(try [first, second].map { try hurried.estimate()?.secondsToEnd(of: $0) } == [5, 10])
        _ = try hurried.cancel(first)
        #expect(try [first, second].map { try hurried.estimate()?.secondsToEnd(of: $0) } == [nil, 5])
    }

    /// Small images and large ones of a model have one speed for each pixel.
    @Test func sizesHaveASpeedInCommon() throws {
        let store = try SQLiteJobStore(inMemory: .init())
        let board = try JobBoard(store: store)
        let small = try board.submit(FakeRequest(seed: 1, steps: 10).newJob(units: 64)).job.id
        let large = try board.submit(FakeRequest(seed: 2, steps: 10).newJob(units: 1024)).job.id
        board.rates.record(model: "model0", nanoseconds: 64_000_000_000, calls: 4, unitsPerCall: 1024)
        #expect(try board.estimate()?.secondsToEnd(of: small) == 10)
        #expect(try board.estimate()?.secondsToEnd(of: large) == 170)
        board.rates.record(model: "model0", nanoseconds: 1_000_000_000, calls: 1, unitsPerCall: 64)
        #expect(try board.estimate()?.secondsToEnd(of: small) == 10)
        // Of a version that did not know the size of its jobs: each evaluation counts as those of late.
        _ = try store.inspect("UPDATE jobs SET call_units = 0")
        let perCall = try #require(board.rates.millisecondsPerCall(model: "model0"))
        let seconds = try #require(try board.estimate()?.secondsToEnd(of: small))
        #expect(abs(seconds - perCall / 100) < 1e-9 * seconds)
    }

    /// The work ahead is looked up in sums: the same as adding up one job after the other.
    @Test func sumsAreThoseOfEachJob() throws {
        let fixture = try StoreFixture(.memory), board = try JobBoard(store: fixture.store)
        var ids: [JobID] = [], seconds: [Double] = []
        for number in 0..<60 {
            let (group, steps, units) = (number * 7 % 3, 1 + number % 5, 1 << (number % 4))
            ids.append(try board.submit(FakeRequest(seed: 1, steps: steps, group: group).newJob(units: units)).job.id)
            seconds.append(Double(steps * units) * [1, 4, 4][group])
        }
        board.rates.record(model: "model0", nanoseconds: 1_000_000_000, calls: 1, unitsPerCall: 1)
        board.rates.record(model: "model1", nanoseconds: 4_000_000_000, calls: 1, unitsPerCall: 1)
        let estimate = try #require(try board.estimate())
        var total = 0.0
        for (id, own) in zip(ids, seconds) {
            total += own
            #expect(estimate.secondsToEnd(of: id) == total)
        }
    }

    /// The queue is read again after every change of it, and only then.
    @Test(arguments: Place.allCases) func theQueueIsReadWhenItHasChanged(_ place: Place) throws {
        let fixture = try StoreFixture(place), store = fixture.store
        var known: StoreRevision?
        func hasChanged() throws -> Bool {
            guard let queue = try store.outstandingQueue(since: known) else { return false }
            known = queue.revision
            #expect(known != nil)
            return true
        }
        #expect(try hasChanged())
        let jobs = try fixture.insert(4)
        #expect(try hasChanged() && !hasChanged())
        _ = try store.job(jobs[0].id)
        _ = try store.jobs(JobQuery())
        #expect(try !hasChanged())
        let leases = try store.lease(limit: 2)
        #expect(try hasChanged())
        try store.begin(leases)
        _ = try store.save([leases[0].checkpoint(step: 1)])
        #expect(try hasChanged())
        try store.finish(leases[0].checkpoint(images: 0..<1))
        #expect(try hasChanged())
        try store.fail(leases[1], problem: [1], usage: leases[1].checkpoint(step: 1).usage)
        #expect(try hasChanged())
        let lease = try fixture.leaseOne()
        #expect(try hasChanged())
        try store.release([lease])
        #expect(try hasChanged())
        _ = try store.cancel(jobs[3].id, usage: nil)
        #expect(try hasChanged())
        try store.delete(jobs[3].id)
        #expect(try hasChanged() && !hasChanged())
    }

    @Test func speedIsRememberedOverARestart() throws {
        let fixture = try StoreFixture()
        _ = try fixture.insert(1)
        try fixture.store.finish(try fixture.leaseOne().checkpoint(images: 0..<1))
        #expect(try JobBoard(store: fixture.store).rates.millisecondsPerCall(model: "model0") == 2)
    }
}
