import Jobs
import JobsFakeEngine
import JobsSQLite
import Testing

/// Batch composition, seen from the engine: one worker, jobs that are all queued before the pool starts.
@Suite struct PoolScheduleTests {
    /// Runs the requests to their end and returns the batches: for each the seeds and images in it.
    private func batches(
        _ requests: [FakeRequest], rows: Int = 4, workers: Int = 1, activeJobs: Int? = nil
    ) throws -> [[FakeEngine.Part]] {
        let fixture = try PoolFixture(
            SQLiteJobStore(inMemory: .init()),
            configuration: WorkerPoolConfiguration(workers: workers, maximumBatchRows: rows, maximumActiveJobs: activeJobs))
        let ids = try requests.map(fixture.submit)
        try fixture.pool.start()
        for (id, request) in zip(ids, requests) {
            try fixture.wait(for: id)
            try fixture.expectImages(of: id, request)
        }
        #expect(fixture.stop())
        return fixture.engine.batches
    }

    /// A name with many jobs and one with few get the same work done, whatever their numbers.
    @Test func ownersShareBatchesByWork() throws {
        let fixture = try PoolFixture(
            SQLiteJobStore(inMemory: .init()), configuration: WorkerPoolConfiguration(workers: 1, maximumBatchRows: 4, maximumActiveJobs: 8))
        var ids = try (0..<6).map { number in
            try fixture.board.submit(FakeRequest(seed: UInt64(10 * number), images: 4, steps: 6).newJob(of: "ann")).job.id
        }
        ids.append(try fixture.board.submit(FakeRequest(seed: 900, images: 4, steps: 6).newJob(of: "bob")).job.id)
        try fixture.pool.start()
        for id in ids { #expect(try fixture.wait(for: id).status == .succeeded) }
        #expect(fixture.stop())
        // All of bob's 24 steps are within the first 48, where taking turns by jobs would have given ann six of seven.
        let parts = fixture.engine.batches.flatMap(\.self)
        #expect(parts.prefix(48).count { $0.seed >= 900 } >= 22)
    }

    /// All places are taken by a name with many jobs; the first job of another is begun nevertheless, and no second.
    @Test func aNewNameWaitsForNoPlace() throws {
        let fixture = try PoolFixture(
            SQLiteJobStore(inMemory: .init()), engine: FakeEngine(gated: true),
            configuration: WorkerPoolConfiguration(workers: 1, maximumBatchRows: 2, maximumActiveJobs: 2))
        func submit(_ owner: String, _ seeds: [UInt64]) throws -> [JobID] {
            try seeds.map { try fixture.board.submit(FakeRequest(seed: $0, steps: 50_000).newJob(of: owner)).job.id }
        }
        let ann = try submit("ann", (0..<20).map { $0 })
        try fixture.pool.start()
        fixture.engine.open(2)
        try fixture.eventually { try fixture.store.counts()[.running] == 2 }
        let bob = try submit("bob", [900, 910])
        try fixture.eventually {
            fixture.engine.open(1)
            return try fixture.store.job(bob[0]).status == .running
        }
        #expect(try fixture.store.counts() == JobCounts(byStatus: [.running: 3, .queued: 19]))
        #expect(try ann[..<2].allSatisfy { try fixture.store.job($0).status == .running })
        fixture.engine.open(10_000)
        for id in ann + bob { _ = try fixture.board.cancel(id) }
        #expect(fixture.stop())
    }

    private func part(_ seed: UInt64, _ image: Int, _ step: Int) -> FakeEngine.Part {
        FakeEngine.Part(seed: seed, image: image, step: step)
    }

    @Test func oneJobFillsItsBatchesInOrder() throws {
        let made = try batches([FakeRequest(seed: 10, images: 5, steps: 2)])
        #expect(
            made == [
                (0...3).map { part(10, $0, 0) }, (0...3).map { part(10, $0, 1) }, [part(10, 4, 0)], [part(10, 4, 1)],
            ])
    }

    @Test func jobsOfOneKeyShareABatchAndLeaveWhenDone() throws {
        let made = try batches([FakeRequest(seed: 10, images: 1, steps: 1), FakeRequest(seed: 20, images: 2, steps: 3)])
        #expect(
            made == [
                [part(10, 0, 0), part(20, 0, 0), part(20, 1, 0)], [part(20, 0, 1), part(20, 1, 1)],
                [part(20, 0, 2), part(20, 1, 2)],
            ])
    }

    @Test func jobsOfDifferentKeysTakeTurns() throws {
        let made = try batches([FakeRequest(seed: 10, steps: 3, group: 0), FakeRequest(seed: 20, steps: 3, group: 1)])
        #expect(made == (0..<3).flatMap { [[part(10, 0, $0)], [part(20, 0, $0)]] })
    }

    @Test func rowsAreCountedNotImages() throws {
        let made = try batches(
            [FakeRequest(seed: 10, images: 4, steps: 1, rows: 2), FakeRequest(seed: 20, images: 2, steps: 1, rows: 3)], rows: 5)
        #expect(made.map(\.count).max() == 2)
        for batch in made {
            #expect(batch.reduce(0) { $0 + ($1.seed == 10 ? 2 : 3) } <= 5)
        }
        // The first batch: one image of each, 2 + 3 rows.
        #expect(made[0] == [part(10, 0, 0), part(20, 0, 0)])
    }

    @Test func anImageThatNeedsMoreRowsThanABatchHasGoesAlone() throws {
        let made = try batches([FakeRequest(seed: 10, images: 3, steps: 1, rows: 9)], rows: 4)
        #expect(made == (0..<3).map { [part(10, $0, 0)] })
    }

    @Test func aSmallJobIsNotStuckBehindALargeOne() throws {
        let made = try batches([FakeRequest(seed: 1_000, images: 100, steps: 10), FakeRequest(seed: 10, images: 1, steps: 10)])
        let end = try #require(made.firstIndex { $0.contains(part(10, 0, 9)) })
        // It is in every batch from the first on.
        #expect(end == 9)
        // The large job begins few images early: those it steps.
        let large = made[...9].joined().filter { $0.seed == 1_000 }
        #expect(Set(large.map(\.image)) == [0, 1, 2])
    }

    @Test func jobsProgressEvenly() throws {
        let made = try batches((1...6).map { FakeRequest(seed: $0 * 100, images: 4, steps: 5) }, activeJobs: 6)
        // After any number of batches no job has had more than two images' steps more than another, until the first is done.
        var steps: [UInt64: Int] = [:]
        for batch in made {
            for part in batch { steps[part.seed, default: 0] += 1 }
            guard steps.count == 6, let most = steps.values.max(), let least = steps.values.min(), most < 20 else { continue }
            #expect(most - least <= 2)
        }
    }

    @Test func fewImagesAreSpreadOverTheWorkers() throws {
        let made = try batches([FakeRequest(seed: 10, images: 4, steps: 50)], rows: 4, workers: 2)
        #expect(made.allSatisfy { $0.count <= 2 })
    }

    @Test func onlySoManyJobsRunAtATime() throws {
        let made = try batches((1...4).map { FakeRequest(seed: $0 * 100, steps: 3) }, activeJobs: 2)
        #expect(made.map { Set($0.map(\.seed)) }.allSatisfy { $0.count <= 2 })
        #expect(made[..<3].allSatisfy { Set($0.map(\.seed)) == [100, 200] })
    }
}
