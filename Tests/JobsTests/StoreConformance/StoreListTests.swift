import Jobs
import JobsFakeEngine
import Testing

@Suite struct StoreListTests {
    @Test(arguments: StoreKind.allCases) func pagesAreStableWhileJobsArriveAndGo(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let ids = try fixture.insert(7).map(\.id)
        let first = try fixture.store.jobs(JobQuery(limit: 3))
        #expect(first.jobs.map(\.id) == [ids[6], ids[5], ids[4]])
        #expect(first.nextCursor != nil)
        _ = try fixture.insert(2)
        // The job that the cursor came from may go meanwhile.
        _ = try fixture.store.cancel(ids[4], usage: nil)
        try fixture.store.delete(ids[4])
        let second = try fixture.store.jobs(JobQuery(limit: 3, cursor: first.nextCursor))
        #expect(second.jobs.map(\.id) == [ids[3], ids[2], ids[1]])
        let third = try fixture.store.jobs(JobQuery(limit: 3, cursor: second.nextCursor))
        #expect(third.jobs.map(\.id) == [ids[0]])
        #expect(third.nextCursor == nil)
        #expect(try fixture.store.jobs(JobQuery(limit: 8)).nextCursor == nil)
    }

    @Test(arguments: StoreKind.allCases) func filtersCombine(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        var ids: [JobID] = []
        for (group, kind) in [(0, "generation"), (1, "generation"), (0, "inpainting"), (0, "generation")] {
            var new = FakeRequest(seed: 1, group: group).newJob()
            new.kind = kind
            ids.append(try fixture.store.insert(new, queueLimit: 9).job.id)
        }
        _ = try fixture.store.cancel(ids[3], usage: nil)
        func list(_ query: JobQuery) throws -> [JobID] { try fixture.store.jobs(query).jobs.map(\.id) }
        #expect(try list(JobQuery(kind: "generation")) == [ids[3], ids[1], ids[0]])
        #expect(try list(JobQuery(model: "model0")) == [ids[3], ids[2], ids[0]])
        #expect(try list(JobQuery(status: .cancelled)) == [ids[3]])
        #expect(try list(JobQuery(status: .queued, kind: "generation", model: "model0")) == [ids[0]])
        #expect(try list(JobQuery(kind: "' OR 1 --")).isEmpty)
        #expect(try fixture.store.counts() == JobCounts(byStatus: [.queued: 3, .cancelled: 1]))
    }

    @Test(arguments: StoreKind.allCases, ["", "o", "1", "o-5", "o0", "ozzzzzzzzzzzzzzzz", "o1 ", "é"])
    func aCursorThatWasNeverGivenIsRefused(_ kind: StoreKind, _ cursor: String) throws {
        let fixture = try ConformanceFixture(kind)
        #expect(throws: JobStoreError.invalidCursor(cursor)) { try fixture.store.jobs(JobQuery(cursor: cursor)) }
    }

    @Test(arguments: StoreKind.allCases) func aPageKnowsThePlaceOfEachInTheQueue(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let ids = try fixture.insert(9).map(\.id)
        _ = try fixture.store.cancel(ids[2], usage: nil)
        _ = try fixture.leaseOne()
        for query in [JobQuery(limit: 4), JobQuery(), JobQuery(status: .queued, limit: 3)] {
            let page = try fixture.store.jobs(query)
            #expect(!page.jobs.isEmpty)
            for job in page.jobs {
                #expect(job.queuePosition == (try fixture.store.job(job.id).queuePosition), "\(job.id)")
            }
        }
        #expect(try fixture.store.jobs(JobQuery(limit: 1)).jobs[0].queuePosition == 7)
    }

    /// A page of thousands of images is cut, and goes on where it was.
    @Test(arguments: StoreKind.allCases) func aPageListsSoManyImages(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let ids = try [1500, 5000, 2000, 2000, 96, 1].map { images in
            let id = try fixture.insert(1, images: images)[0].id
            try fixture.store.finish(try fixture.leaseOne().checkpoint(images: 0..<images))
            return id
        }
        var pages: [[JobID]] = []
        var cursor: String?
        repeat {
            let page = try fixture.store.jobs(JobQuery(limit: 4, cursor: cursor))
            pages.append(page.jobs.map(\.id))
            cursor = page.nextCursor
        } while cursor != nil && pages.count < 9
        #expect(pages == [[ids[5], ids[4], ids[3]], [ids[2]], [ids[1]], [ids[0]]])
    }

    /// Images of jobs that failed are gone: they take no room on a page.
    @Test(arguments: StoreKind.allCases) func whatIsGoneTakesNoRoom(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let ids = try (0..<3).map { _ in
            let id = try fixture.insert(1, images: 3000)[0].id
            let lease = try fixture.leaseOne()
            try fixture.store.fail(lease, problem: [1], usage: lease.checkpoint(images: 0..<3000).usage)
            return id
        }
        #expect(try fixture.store.jobs(JobQuery(limit: 4)).jobs.map(\.id) == ids.reversed())
    }

    @Test(arguments: StoreKind.allCases) func theLimitIsClamped(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        _ = try fixture.insert(2)
        #expect(try fixture.store.jobs(JobQuery(limit: -5)).jobs.count == 1)
        #expect(try fixture.store.jobs(JobQuery(limit: .max)).jobs.count == 2)
    }
}
