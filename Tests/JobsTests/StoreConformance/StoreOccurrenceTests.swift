import Jobs
import JobsFakeEngine
import TestSupport
import Testing

/// Images of jobs that still run, what has happened in its order, the list of all images, and pins.
@Suite struct StoreOccurrenceTests {
    @Test(arguments: StoreKind.allCases) func imagesOfARunningJobAreThereOnceTheyAreSaved(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let id = try fixture.insert(1, images: 3)[0].id
        let lease = try fixture.leaseOne()
        #expect(try fixture.store.job(id).images.isEmpty)
        let whole = lease.checkpoint(images: 0..<3)
        var part = whole
        part.finished = whole.finished.filter { $0.key == 2 }
        part.usage.imagesDone = 1
        #expect(try fixture.store.save([part]).isEmpty)
        #expect(try fixture.store.job(id).images.map(\.index) == [2])
        #expect(try fixture.store.jobs(JobQuery()).jobs[0].images.map(\.index) == [2])
        let early = try fixture.store.image(2, of: id).bytes
        #expect(throws: JobStoreError.imageNotFound(job: id, index: 0, status: .running)) {
            try fixture.store.image(0, of: id)
        }
        try fixture.store.finish(whole)
        #expect(try fixture.store.image(2, of: id).bytes == early)
        #expect(try fixture.store.job(id).images.map(\.index) == [0, 1, 2])
        let told = try fixture.store.occurrences(OccurrenceQuery(after: 0, job: id))
        #expect(told.map(Self.text) == ["image 2", "image 0", "image 1", "end"])
        #expect(told.map(\.sequence) == told.map(\.sequence).sorted())
        #expect(try fixture.store.latestOccurrence() == told.last?.sequence)
    }

    @Test(arguments: StoreKind.lasting) func nothingIsToldTwiceAcrossARestart(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let id = try fixture.insert(1, images: 2)[0].id
        let lease = try fixture.leaseOne()
        let whole = lease.checkpoint(images: 0..<2)
        var part = whole
        part.finished = whole.finished.filter { $0.key == 0 }
        part.usage.imagesDone = 1
        #expect(try fixture.store.save([part]).isEmpty)
        let before = try fixture.store.occurrences(OccurrenceQuery(after: 0)).map(\.sequence)
        try fixture.restart()
        _ = try fixture.store.recover()
        #expect(try fixture.store.job(id).images.map(\.index) == [0], "queued again, with what it has")
        let again = try fixture.leaseOne()
        try fixture.store.finish(again.checkpoint(images: 0..<2))
        let after = try fixture.store.occurrences(OccurrenceQuery(after: before[0], job: id))
        #expect(after.map(Self.text) == ["image 1", "end"])
    }

    @Test(arguments: StoreKind.allCases) func imagesThatGoAreNotTold(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let ids = try fixture.insert(2, images: 2).map(\.id)
        let lease = try fixture.leaseOne()
        var part = lease.checkpoint(images: 0..<2)
        part.finished = part.finished.filter { $0.key == 0 }
        part.usage.imagesDone = 1
        #expect(try fixture.store.save([part]).isEmpty)
        _ = try fixture.store.cancel(ids[0], usage: nil)
        _ = try fixture.store.cancel(ids[1], usage: nil)
        let told = try fixture.store.occurrences(OccurrenceQuery(after: 0))
        #expect(told.map(\.job) == ids && told.map(Self.text) == ["end", "end"])
        #expect(try fixture.store.job(ids[0]).images.isEmpty)
        try fixture.store.delete(ids[0])
        #expect(try fixture.store.occurrences(OccurrenceQuery(after: 0)).map(\.job) == [ids[1]])
        #expect(try fixture.store.latestOccurrence() == told[1].sequence, "numbers are not used again")
    }

    @Test(arguments: StoreKind.allCases) func imagesAreListedByPagesAndFilters(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        var ids: [JobID] = []
        for (group, view) in [(0, "PA"), (1, "AP"), (0, "PA"), (0, "AP")] {
            var new = FakeRequest(seed: 1, images: 2, group: group).newJob()
            new.labels = [JobLabel(name: "view", value: view), JobLabel(name: "finding", value: "mass")]
            ids.append(try fixture.store.insert(new, queueLimit: 9).job.id)
            try fixture.store.finish(try fixture.leaseOne().checkpoint(images: 0..<2))
        }
        func list(_ query: ImageQuery) throws -> [String] {
            var (query, found) = (query, [String]())
            repeat {
                let page = try fixture.store.images(query)
                found += page.images.map { "\(ids.firstIndex(of: $0.job.id) ?? -1).\($0.record.index)" }
                query.cursor = page.nextCursor
            } while query.cursor != nil && found.count < 99
            return found
        }
        let all = ["3.1", "3.0", "2.1", "2.0", "1.1", "1.0", "0.1", "0.0"]
        for limit in [1, 3, 8, 9] { #expect(try list(ImageQuery(limit: limit)) == all) }
        let view = JobLabel(name: "view", value: "PA")
        #expect(try list(ImageQuery(labels: [view], limit: 3)) == ["2.1", "2.0", "0.1", "0.0"])
        #expect(try list(ImageQuery(model: "model1", limit: 1)) == ["1.1", "1.0"])
        let mass = JobLabel(name: "finding", value: "mass")
        #expect(try list(ImageQuery(model: "model0", labels: [mass, view], limit: 1)) == ["2.1", "2.0", "0.1", "0.0"])
        #expect(try list(ImageQuery(kind: "nothing")).isEmpty)
    }

    @Test(arguments: StoreKind.allCases) func imagesThatWereNotKeptAreInNoList(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        _ = try fixture.store.insert(FakeRequest(seed: 1, images: 3, group: 0).newJob(), queueLimit: 9)
        var checkpoint = try fixture.leaseOne().checkpoint(images: 0..<3)
        checkpoint.finished[1]?.output.bytes = []
        try fixture.store.finish(checkpoint)
        let first = try fixture.store.images(ImageQuery(limit: 1))
        #expect(first.images.map(\.record.index) == [2])
        let second = try fixture.store.images(ImageQuery(limit: 1, cursor: first.nextCursor))
        #expect(second.images.map(\.record.index) == [0] && second.nextCursor == nil)
    }

    @Test(arguments: StoreKind.allCases, ["", "i", "i1", "i1.", "o1", "i0.0", "i1.-1", "i1.1.1", "iZ.0", "i01.0"])
    func aCursorOfAnotherListIsRefused(_ kind: StoreKind, _ cursor: String) throws {
        let fixture = try ConformanceFixture(kind)
        #expect(throws: JobStoreError.invalidCursor(cursor)) { try fixture.store.images(ImageQuery(cursor: cursor)) }
    }

    @Test(arguments: StoreKind.allCases) func aPinnedJobIsKept(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let ids = try fixture.insert(2).map(\.id)
        for id in ids { _ = try fixture.store.cancel(id, usage: nil) }
        let before = try fixture.store.job(ids[0]).version
        #expect(try fixture.store.pin(ids[0], true).isPinned)
        #expect(try fixture.store.job(ids[0]).version > before)
        fixture.clock.advance(milliseconds: 10 * 86_400_000)
        #expect(try fixture.store.sweep(RetentionPolicy(days: 1, bytes: 0)) == 1)
        #expect(try fixture.store.jobs(JobQuery()).jobs.map(\.id) == [ids[0]])
        #expect(try !fixture.store.pin(ids[0], false).isPinned)
        #expect(try fixture.store.sweep(RetentionPolicy(days: 1)) == 1)
        #expect(throws: JobStoreError.self) { try fixture.store.pin(ids[0], true) }
    }

    private static func text(_ occurrence: JobOccurrence) -> String {
        switch occurrence.kind {
        case .image(let record): "image \(record.index)"
        case .ended: "end"
        }
    }
}
