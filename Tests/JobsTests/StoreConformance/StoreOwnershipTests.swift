import Jobs
import JobsFakeEngine
import Testing

extension FakeRequest {
    /// A job of somebody.
    func newJob(of owner: String, quota: JobQuota = JobQuota(), key: String? = nil, units: Int = 1) -> NewJob {
        var new = newJob(key: key, units: units)
        (new.owner, new.quota) = (owner, quota)
        return new
    }
}

/// To whom jobs belong, and what that one may ask for.
@Suite struct StoreOwnershipTests {
    @Test(arguments: StoreKind.allCases) func aJobBelongsToWhoMadeIt(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let ann = try fixture.store.insert(FakeRequest(seed: 1).newJob(of: "ann"), queueLimit: 9).job
        let bob = try fixture.store.insert(FakeRequest(seed: 2).newJob(of: "bob"), queueLimit: 9).job
        let nobody = try fixture.store.insert(FakeRequest(seed: 3).newJob(), queueLimit: 9).job
        #expect([ann, bob, nobody].map(\.owner) == ["ann", "bob", ""])
        #expect(try fixture.store.job(bob.id).owner == "bob" && fixture.store.owner(of: ann.id) == "ann")
        var query = JobQuery()
        #expect(try fixture.store.jobs(query).jobs.map(\.id) == [nobody.id, bob.id, ann.id])
        query.owner = "ann"
        #expect(try fixture.store.jobs(query).jobs.map(\.id) == [ann.id])
        query.owner = "' OR 1 --"
        #expect(try fixture.store.jobs(query).jobs.isEmpty)
        _ = try fixture.store.cancel(ann.id, usage: nil, by: "ann")
        try fixture.store.delete(ann.id, by: "ann")
        #expect(try fixture.store.owner(of: ann.id) == "ann", "also when it is gone")
        let unknown = try #require(JobID("018f3a4e-0000-7000-8000-000000000000"))
        #expect(throws: JobStoreError.notFound(unknown)) { try fixture.store.owner(of: unknown) }
    }

    @Test(arguments: StoreKind.allCases) func listsAreOfOneOwner(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        var ids: [JobID] = []
        for (seed, owner) in ["ann", "bob", "ann"].enumerated() {
            var new = FakeRequest(seed: UInt64(seed), images: 2).newJob(of: owner)
            new.labels = [JobLabel(name: "view", value: "PA")]
            ids.append(try fixture.store.insert(new, queueLimit: 9).job.id)
        }
        for _ in ids { try fixture.store.finish(try fixture.leaseOne().checkpoint(images: 0..<2)) }
        var images = ImageQuery(labels: [JobLabel(name: "view", value: "PA")], limit: 3)
        images.owner = "ann"
        let first = try fixture.store.images(images)
        images.cursor = first.nextCursor
        let rest = try fixture.store.images(images)
        #expect((first.images + rest.images).map(\.job.id) == [ids[2], ids[2], ids[0], ids[0]])
        let events = try fixture.store.occurrences(OccurrenceQuery(after: 0, owner: "bob"))
        #expect(events.count == 3 && events.allSatisfy { $0.job == ids[1] })
        #expect(try fixture.store.occurrences(OccurrenceQuery(after: 0, job: ids[0], owner: "bob")).isEmpty)
        #expect(try fixture.store.occurrences(OccurrenceQuery(after: 0, job: ids[0], owner: "ann")).count == 3)
    }

    @Test(arguments: StoreKind.allCases) func inputsAreOfOneOwner(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        var new = FakeRequest(seed: 1).newJob(of: "ann")
        new.inputs = [JobInput(name: "image", digest: "aa", mediaType: "image/png", bytes: [1])]
        _ = try fixture.store.insert(new, queueLimit: 9)
        #expect(try fixture.store.input(digest: "aa", owner: "bob") == nil)
        #expect(try fixture.store.input(digest: "aa", owner: "ann") == new.inputs[0])
        #expect(try fixture.store.input(digest: "aa", owner: nil) == new.inputs[0])
        new.owner = "bob"
        _ = try fixture.store.insert(new, queueLimit: 9)
        #expect(try fixture.store.input(digest: "aa", owner: "bob") == new.inputs[0], "it brought the same")
    }

    // MARK: Quotas

    private func refusal(_ body: () throws -> Void) throws -> QuotaRefusal {
        do {
            try body()
        } catch JobStoreError.overQuota(let refusal) {
            return refusal
        }
        throw Unrefused()
    }

    private struct Unrefused: Error {}

    /// A bucket of six a minute: six at once, then one every ten seconds. The account outlives the process.
    @Test(arguments: StoreKind.lasting) func jobsOfAMinuteAreCounted(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let new = FakeRequest(seed: 1).newJob(of: "ann", quota: JobQuota(jobsPerMinute: 6))
        for left in (0..<6).reversed() {
            let standings = try fixture.store.insert(new, queueLimit: 99).standings
            #expect(standings == [QuotaStanding(.jobs, limit: 6, remaining: left, secondsToMore: 10)])
        }
        let refused = try refusal { _ = try fixture.store.insert(new, queueLimit: 99) }
        #expect(refused.dimension == .jobs && refused.secondsToWait == 10 && !refused.isForEver)
        #expect(try fixture.store.insert(FakeRequest(seed: 1).newJob(of: "bob", quota: new.quota), queueLimit: 99).isNew)
        fixture.clock.advance(milliseconds: 9_999)
        #expect(try refusal { _ = try fixture.store.insert(new, queueLimit: 99) }.secondsToWait == 1)
        fixture.clock.advance(milliseconds: 1)
        #expect(try fixture.store.insert(new, queueLimit: 99).isNew)
        #expect(throws: JobStoreError.self) { try fixture.store.insert(new, queueLimit: 99) }
        // 61 seconds: the bucket is full again, and the count is what it was in the store.
        try fixture.restart()
        for _ in 0..<6 { _ = try fixture.store.insert(new, queueLimit: 99) }
        #expect(throws: JobStoreError.self) { try fixture.store.insert(new, queueLimit: 99) }
    }

    @Test(arguments: StoreKind.lasting) func imagesAndStepsOfADayAreCounted(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let quota = JobQuota(imagesPerDay: 10, stepsPerDay: 100)
        func insert(_ images: Int, _ steps: Int, key: String? = nil) throws -> Submission {
            let request = FakeRequest(seed: 1, images: images, steps: steps)
            return try fixture.store.insert(request.newJob(of: "ann", quota: quota, key: key), queueLimit: 99)
        }
        let first = try insert(4, 10, key: "k")
        #expect(first.standings.map(\.remaining) == [6, 60])
        // Midnight of UTC is 1 hour, 46 minutes and 40 seconds after the clock's beginning.
        #expect(first.standings[0].secondsToMore == 6_400)
        #expect(try insert(4, 10, key: "k").isNew == false)
        try fixture.restart()
        let images = try refusal { _ = try insert(7, 1) }
        #expect(images.dimension == .images && images.asked == 7 && images.remaining == 6 && images.limit == 10)
        #expect(images.secondsToWait == 6_400 - 61)
        let steps = try refusal { _ = try insert(5, 13) }
        #expect(steps.dimension == .steps && steps.asked == 65 && steps.remaining == 60)
        #expect(try refusal { _ = try insert(11, 1) }.isForEver)
        #expect(try refusal { _ = try insert(1, 101) }.secondsToWait == nil)
        #expect(try insert(6, 10).standings.map(\.remaining) == [0, 0])
        fixture.clock.advance(milliseconds: 6_400_000)
        #expect(try insert(10, 1).standings.map(\.remaining) == [0, 90])
        #expect(throws: JobStoreError.self) { try insert(1, 1) }
        // A clock that is set back begins another day, and locks nobody out.
        fixture.clock.advance(milliseconds: -86_400_000)
        #expect(try insert(10, 1).isNew)
    }

    /// Who is beyond several limits is told of the one that lasts: waiting for another would not help.
    @Test(arguments: StoreKind.allCases) func theLimitThatLastsIsTold(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let quota = JobQuota(jobsPerMinute: 1, queued: 1, imagesPerDay: 10, stepsPerDay: 100)
        func insert(_ images: Int, _ steps: Int) throws {
            let request = FakeRequest(seed: 1, images: images, steps: steps)
            _ = try fixture.store.insert(request.newJob(of: "ann", quota: quota), queueLimit: 99)
        }
        try insert(1, 1)
        let images = try refusal { try insert(11, 1) }
        #expect(images.dimension == .images && images.isForEver && images.secondsToWait == nil)
        // More images than are left of the day, and more steps than any day has.
        let steps = try refusal { try insert(10, 11) }
        #expect(steps.dimension == .steps && steps.isForEver && steps.asked == 110)
        let today = try refusal { try insert(10, 1) }
        #expect(today.dimension == .images && today.secondsToWait == 6_400)
        let soon = try refusal { try insert(1, 1) }
        #expect(soon.dimension == .jobs && soon.secondsToWait == 60)
        #expect(soon.standings.map(\.dimension) == [.jobs, .queued, .images, .steps])
        fixture.clock.advance(milliseconds: 60_000)
        #expect(try refusal { try insert(1, 1) }.dimension == .queued)
    }

    @Test(arguments: StoreKind.allCases) func jobsThatWaitAreCounted(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let new = FakeRequest(seed: 1).newJob(of: "ann", quota: JobQuota(queued: 2))
        for _ in 0..<2 { _ = try fixture.store.insert(new, queueLimit: 99) }
        let refused = try refusal { _ = try fixture.store.insert(new, queueLimit: 99) }
        #expect(refused.dimension == .queued && refused.secondsToWait == nil && !refused.isForEver)
        _ = try fixture.leaseOne()
        #expect(try fixture.store.insert(new, queueLimit: 99).standings.map(\.remaining) == [0])
    }

    @Test(arguments: StoreKind.allCases) func quotasHoldInARace(_ kind: StoreKind) throws {
        let store = try ConformanceFixture(kind).store
        let new = FakeRequest(seed: 1).newJob(of: "ann", quota: JobQuota(imagesPerDay: 10))
        concurrently(8) { _ in
            for _ in 0..<5 { _ = try? store.insert(new, queueLimit: 99) }
        }
        #expect(try store.counts()[.queued] == 10)
    }
}
