import Jobs
import JobsFakeEngine
import Testing

/// What jobs work on: stored with them, once each, and gone with the last of them.
@Suite struct StoreInputTests {
    private let image = JobInput(name: "image", digest: "aa", mediaType: "image/png", bytes: [1, 2, 3])
    private let mask = JobInput(name: "mask", digest: "bb", mediaType: "image/png", bytes: [4])

    private func newJob(_ inputs: [JobInput], key: String? = nil) -> NewJob {
        var job = FakeRequest(seed: 1).newJob(key: key)
        job.inputs = inputs
        return job
    }

    @Test(arguments: StoreKind.allCases) func aLeaseBringsTheInputs(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        _ = try fixture.store.insert(newJob([mask, image]), queueLimit: 1)
        var lease = try fixture.leaseOne()
        #expect(lease.inputs == [image, mask])
        try fixture.store.release([lease])
        lease = try fixture.leaseOne()
        #expect(lease.inputs == [image, mask], "and again after a stop")
        #expect(try fixture.store.input(digest: "bb") == mask)
        #expect(try fixture.store.input(digest: "cc") == nil)
    }

    @Test(arguments: StoreKind.allCases) func oneCopyServesManyJobsAndGoesWithTheLast(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        var ids: [JobID] = []
        var other = image
        other.name = "reference"
        for inputs in [[image, mask], [other], []] {
            ids.append(try fixture.store.insert(newJob(inputs), queueLimit: 5).job.id)
            _ = try fixture.store.cancel(ids[ids.count - 1], usage: nil)
        }
        try fixture.expectRows("inputs", 2)
        try fixture.expectRows("job_inputs", 3)
        try fixture.store.delete(ids[0])
        #expect(try fixture.store.input(digest: "bb") == nil)
        #expect(try fixture.store.input(digest: "aa")?.bytes == [1, 2, 3])
        fixture.clock.advance(milliseconds: 1)
        #expect(try fixture.store.sweep(RetentionPolicy(days: 0)) == 2)
        try fixture.expectRows("inputs", 0)
        try fixture.expectRows("job_inputs", 0)
    }

    /// The retention policy counts them for every job that has them.
    @Test(arguments: StoreKind.allCases) func inputsTakeRoom(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        var large = image
        large.bytes = [UInt8](repeating: 0, count: 10_000)
        let id = try fixture.store.insert(newJob([large]), queueLimit: 1).job.id
        _ = try fixture.store.cancel(id, usage: nil)
        #expect(try fixture.store.sweep(RetentionPolicy(bytes: 10_100)) == 0)
        #expect(try fixture.store.sweep(RetentionPolicy(bytes: 9_999)) == 1)
    }

    @Test(arguments: StoreKind.allCases) func reportsComeBackWithTheImages(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        _ = try fixture.insert(1, images: 2)
        let lease = try fixture.leaseOne()
        var checkpoint = lease.checkpoint(images: 0..<2)
        checkpoint.finished[1]?.output.traits.report = Array("{}".utf8)
        try fixture.store.finish(checkpoint)
        #expect(try fixture.store.job(lease.job.id).images.map(\.report) == [nil, Array("{}".utf8)])
    }
}
