import Jobs
import JobsFakeEngine
import Locking
import Testing

@Suite struct StoreQueueTests {
    @Test(arguments: StoreKind.allCases) func aJobComesBackAsItWentIn(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let request = FakeRequest(seed: 9, images: 3, steps: 50, rows: 2)
        let submission = try fixture.store.insert(request.newJob(), queueLimit: 1)
        let job = try fixture.store.job(submission.job.id)
        #expect(submission.isNew)
        #expect(job == submission.job)
        #expect(job.status == .queued)
        #expect(job.kind == "generation")
        #expect(job.model == ModelReference(name: "model0", weightsSHA256: "ab"))
        #expect(job.request == request.bytes)
        #expect(job.createdAt == fixture.clock.now)
        #expect(job.startedAt == nil && job.finishedAt == nil && job.error == nil && job.resumedFromStep == nil)
        #expect(job.progress == JobProgress(step: 0, steps: 50, imagesDone: 0, images: 3))
        #expect(job.attempt == 0)
        #expect(job.queuePosition == 1)
        #expect(job.timing.queueMilliseconds == nil && job.timing.millisecondsPerStep == nil)
        #expect(job.images.isEmpty)
        // Three images, each of 33 steps of two rows and 17 of one.
        #expect(try fixture.store.outstandingWork().map(\.callsLeft) == [249])
    }

    @Test(arguments: StoreKind.allCases) func anUnknownJobIsNotFound(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let id = try #require(JobID("018f3a4e-0000-7000-8000-000000000000"))
        #expect(throws: JobStoreError.notFound(id)) { try fixture.store.job(id) }
        #expect(throws: JobStoreError.notFound(id)) { try fixture.store.cancel(id, usage: nil) }
        #expect(throws: JobStoreError.notFound(id)) { try fixture.store.delete(id) }
        #expect(throws: JobStoreError.notFound(id)) { try fixture.store.image(0, of: id) }
    }

    @Test(arguments: StoreKind.allCases) func theQueueIsBounded(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let new = FakeRequest(seed: 1).newJob()
        for _ in 0..<3 { _ = try fixture.store.insert(new, queueLimit: 3) }
        #expect(throws: JobStoreError.queueFull(limit: 3, queued: 3)) { try fixture.store.insert(new, queueLimit: 3) }
        _ = try fixture.leaseOne()
        // Running jobs take no place.
        _ = try fixture.store.insert(new, queueLimit: 3)
        #expect(throws: JobStoreError.queueFull(limit: 3, queued: 3)) { try fixture.store.insert(new, queueLimit: 3) }
        try fixture.expectRows("jobs", 4)
    }

    @Test(arguments: StoreKind.allCases) func exactlyTheCapacityIsAccepted(_ kind: StoreKind) throws {
        let store = try ConformanceFixture(kind).store
        let accepted = Lock(0)
        concurrently(8) { thread in
            for _ in 0..<25 {
                guard (try? store.insert(FakeRequest(seed: 1).newJob(), queueLimit: 10)) != nil else { continue }
                accepted.withLock { $0 += 1 }
            }
        }
        #expect(accepted.withLock { $0 } == 10)
        #expect(try store.counts()[.queued] == 10)
    }

    @Test(arguments: StoreKind.allCases) func anIdempotencyKeyMakesOneJob(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let first = try fixture.store.insert(FakeRequest(seed: 1).newJob(key: "k"), queueLimit: 1)
        // Also when the queue is full.
        let again = try fixture.store.insert(FakeRequest(seed: 1).newJob(key: "k"), queueLimit: 1)
        #expect(again.job.id == first.job.id)
        #expect(!again.isNew)
        #expect(throws: JobStoreError.idempotencyConflict(job: first.job.id)) {
            try fixture.store.insert(FakeRequest(seed: 2).newJob(key: "k"), queueLimit: 10)
        }
        var other = FakeRequest(seed: 2).newJob(key: "k")
        other.idempotency?.scope = "another token"
        #expect(try fixture.store.insert(other, queueLimit: 10).isNew)
        try fixture.expectRows("jobs", 2)
    }

    @Test(arguments: StoreKind.allCases) func idempotencyHoldsInARace(_ kind: StoreKind) throws {
        let store = try ConformanceFixture(kind).store
        let made = Lock<[JobID: Int]>([:])
        concurrently(8) { _ in
            for number in 0..<10 {
                guard
                    let submission = try? store.insert(FakeRequest(seed: 5).newJob(key: "k\(number)"), queueLimit: 100)
                else { continue }
                made.withLock { $0[submission.job.id, default: 0] += submission.isNew ? 1 : 0 }
            }
        }
        #expect(made.withLock { Array($0.values) } == Array(repeating: 1, count: 10))
        #expect(try store.counts()[.queued] == 10)
    }

    @Test(arguments: StoreKind.allCases) func jobsAreLeasedInOrderAndCounted(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let jobs = try fixture.insert(4)
        #expect(try jobs.map { try fixture.store.job($0.id).queuePosition } == [1, 2, 3, 4])
        let leases = try fixture.store.lease(limit: 2)
        #expect(leases.map(\.job.id) == jobs[..<2].map(\.id))
        #expect(leases.allSatisfy { $0.job.status == .queued && $0.job.attempt == 1 && $0.fruitlessAttempts == 1 })
        // They have a place; nothing is computed yet.
        #expect(try jobs.map { try fixture.store.job($0.id).queuePosition } == [1, 2, 3, 4])
        #expect(try fixture.store.counts() == JobCounts(byStatus: [.queued: 4]))
        fixture.clock.advance(milliseconds: 100)
        try fixture.store.begin(leases)
        let begun = try fixture.store.job(jobs[0].id)
        #expect(
            begun.status == .running && begun.timing.queueMilliseconds == 130 && begun.startedAt == fixture.clock.now)
        #expect(begun.version > leases[0].job.version)
        #expect(try fixture.store.counts() == JobCounts(byStatus: [.queued: 2, .running: 2]))
        #expect(try fixture.store.jobs(JobQuery(status: .queued)).jobs.map(\.id) == jobs[2...].reversed().map(\.id))
        #expect(try fixture.store.jobs(JobQuery(status: .running)).jobs.map(\.id) == jobs[..<2].reversed().map(\.id))
        try fixture.store.begin(leases)
        #expect(try fixture.store.job(jobs[0].id) == begun, "begun once")
        #expect(try jobs.map { try fixture.store.job($0.id).queuePosition } == [nil, nil, 1, 2])
        #expect(try fixture.store.lease(limit: 9).map(\.job.id) == jobs[2...].map(\.id))
        #expect(try fixture.store.lease(limit: 9).isEmpty)
        #expect(Set(leases.map(\.token)).count == 2)
    }

    @Test(arguments: StoreKind.allCases) func largeJobsHavePlacesOfTheirOwn(_ kind: StoreKind) throws {
        let store = try ConformanceFixture(kind).store
        func insert(_ seed: UInt64, isLarge: Bool) throws -> JobID {
            try store.insert(FakeRequest(seed: seed, isLarge: isLarge).newJob(), queueLimit: 100).job.id
        }
        let giants = try (0..<5).map { try insert($0, isLarge: true) }
        let small = try (10..<13).map { try insert($0, isLarge: false) }
        #expect(try store.job(small[2]).queuePosition == 3, "those that wait for other places do not count")
        #expect(try store.job(giants[4]).queuePosition == 5)
        #expect(try store.lease(LeasePlaces(small: 0, large: 0)).isEmpty)
        #expect(try store.lease(LeasePlaces(small: 2, large: 1)).map(\.job.id) == [giants[0], small[0], small[1]])
        #expect(try store.lease(LeasePlaces(small: 2, large: 0)).map(\.job.id) == [small[2]])
        #expect(try store.lease(LeasePlaces(small: 2, large: 0)).isEmpty)
        #expect(try store.lease(LeasePlaces(small: 0, large: 9)).map(\.job.id) == Array(giants[1...]))
    }

    @Test(arguments: StoreKind.allCases) func aJobIsLeasedToOneThreadOnly(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let store = fixture.store
        let jobs = try fixture.insert(60)
        let leased = Lock<[JobID]>([])
        concurrently(6) { _ in
            while let leases = try? store.lease(limit: 3), !leases.isEmpty {
                leased.withLock { $0 += leases.map(\.job.id) }
            }
        }
        let all = leased.withLock { $0 }
        #expect(all.count == 60)
        #expect(Set(all) == Set(jobs.map(\.id)))
    }

    @Test(arguments: StoreKind.allCases) func releasedJobsWaitAsIfNeverStarted(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let jobs = try fixture.insert(2)
        let lease = try fixture.leaseOne()
        #expect(try fixture.store.save([lease.checkpoint(step: 2)]).isEmpty)
        try fixture.store.release([lease])
        let released = try fixture.store.job(jobs[0].id)
        #expect(released.status == .queued && released.attempt == 0 && released.queuePosition == 1)
        let again = try fixture.leaseOne()
        #expect(again.job.id == jobs[0].id)
        #expect(again.job.attempt == 1 && again.fruitlessAttempts == 1)
        #expect(again.job.resumedFromStep == 2)
        #expect(again.saved == [0: SavedTrajectory(step: 2, calls: 2, bytes: Array("state 2".utf8))])
        #expect(throws: JobStoreError.leaseLost(jobs[0].id)) {
            try fixture.store.finish(lease.checkpoint(images: 0..<1))
        }
    }
}
