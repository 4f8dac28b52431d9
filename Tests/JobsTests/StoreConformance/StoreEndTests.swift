import Jobs
import JobsFakeEngine
import Testing

@Suite struct StoreEndTests {
    @Test(arguments: StoreKind.allCases) func finishingStoresEverythingAtOnce(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let job = try fixture.insert(1, images: 2)[0]
        let lease = try fixture.leaseOne()
        _ = try fixture.store.save([lease.checkpoint(step: 3)])
        try fixture.expectRows("trajectories", 1)
        fixture.clock.advance(milliseconds: 500)
        try fixture.store.finish(lease.checkpoint(images: 0..<2))
        let done = try fixture.store.job(job.id)
        #expect(done.status == .succeeded)
        #expect(done.finishedAt == fixture.clock.now)
        #expect(done.progress == JobProgress(step: 4, steps: 4, imagesDone: 2, images: 2))
        #expect(done.timing.computeMilliseconds == 8 && done.timing.networkCalls == 8)
        #expect(done.timing.millisecondsPerStep == 1)
        let seed = "18446744073709551615", format = ImageTraits.Format(width: 3, height: 2, bitDepth: 16)
        let expected = (0..<2).map { index in
            let traits = ImageTraits(
                seed: seed, format: format, sha256: "hash of image \(index)", mediaType: "image/png")
            return ImageRecord(traits, index: index, byteCount: 7)
        }
        #expect(done.images == expected)
        #expect(done.version > lease.job.version)
        #expect(try fixture.store.image(1, of: job.id).bytes == Array("image 1".utf8))
        // Several at once are those that one by one gives.
        for (indices, found) in [(0..<9, 0..<2), (0..<1, 0..<1), (1..<2, 1..<2), (2..<9, 0..<0), (1..<1, 0..<0)] {
            let images = try fixture.store.images(indices, of: job.id)
            #expect(images.map(\.record) == Array(expected[found]) && images.map(\.bytes) == found.map { Array("image \($0)".utf8) })
            #expect(images.allSatisfy { $0.model == "model0" })
        }
        #expect(throws: JobStoreError.imageNotFound(job: job.id, index: 2, status: .succeeded)) {
            try fixture.store.image(2, of: job.id)
        }
        try fixture.expectRows("trajectories", 0)
        let speeds = try fixture.store.measuredRates()
        #expect(speeds.mapValues(\.perCall) == ["model0": 1_000_000] && speeds["model0"]?.perUnit == 1_000_000)
    }

    @Test(arguments: StoreKind.allCases) func imagesFinishedEarlierAreKeptAndShown(_ kind: StoreKind)
        throws
    {
        let fixture = try ConformanceFixture(kind)
        let job = try fixture.insert(1, images: 3)[0]
        var lease = try fixture.leaseOne()
        _ = try fixture.store.save([lease.checkpoint(step: 1), lease.checkpoint(images: 0..<2)])
        // The finished image's saved progress went.
        try fixture.expectRows("trajectories", 0)
        #expect(try fixture.store.job(job.id).images.map(\.index) == [0, 1])
        #expect(throws: JobStoreError.imageNotFound(job: job.id, index: 2, status: .running)) {
            try fixture.store.image(2, of: job.id)
        }
        try fixture.store.release([lease])
        lease = try fixture.leaseOne()
        #expect(lease.finished == [0: 4, 1: 4])
        #expect(lease.job.resumedFromStep == 2)  // (4 + 4 + 0) / 3
        try fixture.store.finish(lease.checkpoint(images: 2..<3))
        #expect(
            try fixture.store.job(job.id).images.map(\.sha256) == [
                "hash of image 0", "hash of image 1", "hash of image 2",
            ])
    }

    @Test(arguments: StoreKind.allCases) func aJobCannotSucceedWithoutAllItsImages(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let job = try fixture.insert(1, images: 2)[0]
        let lease = try fixture.leaseOne()
        #expect(throws: JobStoreError.incomplete(job.id, expectedImages: 2, got: 1)) {
            try fixture.store.finish(lease.checkpoint(images: 0..<1))
        }
        #expect(try fixture.store.job(job.id).status == .running)
        try fixture.expectRows("images", 0)
    }

    @Test(arguments: StoreKind.allCases) func aTerminalStateIsFinal(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let jobs = try fixture.insert(3)
        let leases = try fixture.store.lease(limit: 3)
        try fixture.store.finish(leases[0].checkpoint(images: 0..<1))
        try fixture.store.fail(leases[1], problem: Array("{}".utf8), usage: leases[1].checkpoint(step: 2).usage)
        _ = try fixture.store.cancel(jobs[2].id, usage: nil)
        let ended = try jobs.map { try fixture.store.job($0.id) }
        #expect(ended.map(\.status) == [.succeeded, .failed, .cancelled])
        #expect(ended.allSatisfy { $0.finishedAt != nil })
        #expect(ended[1].error == Array("{}".utf8) && ended[1].progress.step == 2)
        fixture.clock.advance(milliseconds: 1_000)
        for (job, lease) in zip(jobs, leases) {
            #expect(throws: JobStoreError.leaseLost(job.id)) {
                try fixture.store.finish(lease.checkpoint(images: 0..<1))
            }
            #expect(throws: JobStoreError.leaseLost(job.id)) {
                try fixture.store.fail(lease, problem: [1], usage: lease.checkpoint(step: 2).usage)
            }
            #expect(try fixture.store.cancel(job.id, usage: nil).status.isTerminal)
            #expect(try fixture.store.save([lease.checkpoint(step: 3)]) == [job.id])
        }
        try fixture.store.release(leases)
        #expect(try fixture.store.recover().isEmpty)
        #expect(try jobs.map { try fixture.store.job($0.id) } == ended)
        // Not even a statement of our own can change it.
        for status in fixture.hasTables ? JobStatus.allCases : [] {
            #expect(throws: JobStoreError.self) {
                try fixture.inspect("UPDATE jobs SET status = '\(status.rawValue)' WHERE ordinal = 1")
            }
        }
        try fixture.expectRows("trajectories", 0)
    }

    @Test(arguments: StoreKind.allCases) func cancellationEndsQueuedAndRunningJobs(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let jobs = try fixture.insert(2, images: 2)
        let lease = try fixture.leaseOne()
        _ = try fixture.store.save([lease.checkpoint(images: 0..<1), lease.checkpoint(step: 1)])
        let usage = JobUsage(computeNanoseconds: 5_000_000, networkCalls: 7, imageSteps: 7, imagesDone: 1)
        let running = try fixture.store.cancel(jobs[0].id, usage: usage)
        let queued = try fixture.store.cancel(jobs[1].id, usage: nil)
        #expect([running.status, queued.status] == [.cancelled, .cancelled])
        #expect(running.timing.networkCalls == 7 && running.progress.step == 3)
        #expect(running.version > lease.job.version)
        #expect(try fixture.store.cancel(jobs[0].id, usage: nil) == running)
        #expect(throws: JobStoreError.leaseLost(jobs[0].id)) {
            try fixture.store.finish(lease.checkpoint(images: 0..<2))
        }
        try fixture.expectRows("images", 0)
        try fixture.expectRows("trajectories", 0)
        #expect(try fixture.store.lease(limit: 5).isEmpty)
    }

    @Test(arguments: StoreKind.allCases) func aDeletedJobLeavesATombstone(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let first = try fixture.store.insert(FakeRequest(seed: 1).newJob(key: "k"), queueLimit: 5).job.id
        #expect(throws: JobStoreError.notTerminal(first, status: .queued)) { try fixture.store.delete(first) }
        let lease = try fixture.leaseOne()
        #expect(throws: JobStoreError.notTerminal(first, status: .running)) { try fixture.store.delete(first) }
        try fixture.store.finish(lease.checkpoint(images: 0..<1))
        try fixture.store.delete(first)
        let gone = JobStoreError.gone(first, why: .deleted, at: fixture.clock.now)
        fixture.clock.advance(milliseconds: 5)
        #expect(throws: gone) { try fixture.store.job(first) }
        #expect(throws: gone) { try fixture.store.delete(first) }
        #expect(throws: gone) { try fixture.store.image(0, of: first) }
        #expect(throws: gone) { try fixture.store.cancel(first, usage: nil) }
        for table in ["jobs", "images", "trajectories", "idempotency_keys"] { try fixture.expectRows(table, 0) }
        // The key went with its job.
        #expect(try fixture.store.insert(FakeRequest(seed: 2).newJob(key: "k"), queueLimit: 5).isNew)
    }
}
