import Bytes
import Jobs
import JobsFakeEngine

/// Puts into a store something of every kind that it keeps.
enum StoreContents {
    static func output(_ text: String) -> ImageOutput {
        let traits = ImageTraits(
            seed: "18446744073709551615", format: .init(width: 3, height: 2, bitDepth: 16),
            sha256: Digest(of: text).hexadecimal, mediaType: "image/png", report: text == "image 1" ? Array("{}".utf8) : nil)
        return ImageOutput(traits, bytes: Array(text.utf8))
    }

    static var job: NewJob { job(77) }

    static func job(_ seed: Int) -> NewJob { FakeRequest(seed: UInt64(seed)).newJob() }

    /// Jobs that have succeeded (one pinned, one told of), failed, been cancelled and been deleted; one with saved
    /// progress, one with an input, one with a key and labels, owners with accounts.
    static func fill(_ store: some JobStore) throws {
        for seed in 0..<8 {
            var job = FakeRequest(seed: UInt64(seed), images: seed == 4 ? 3 : 2).newJob(key: "k\(seed)")
            job.owner = seed % 2 == 0 ? "ann" : "Björn"
            job.labels = [JobLabel(name: "view", value: seed % 2 == 0 ? "PA" : "ÄP"), JobLabel(name: "a", value: "\(seed)")]
            job.arithmetic = seed % 2 == 0 ? "2" : ""
            job.inputs = [JobInput(name: "image", digest: "d\(seed / 4)", mediaType: "image/png", bytes: [0, 255, UInt8(seed / 4)])]
            job.callback = JobCallback(url: "https://example.org/\(seed)", events: [.succeeded, .cancelled], trace: seed == 0 ? "00-1" : nil)
            _ = try store.insert(job, queueLimit: 99)
        }
        let leases = try store.lease(limit: 5)
        try store.begin(leases)
        for lease in leases.prefix(3) { try finish(store, lease) }
        try store.fail(leases[3], problem: Array(#"{"title":"no"}"#.utf8), usage: leases[3].job.usage)
        _ = try store.save([
            JobCheckpoint(
                lease: leases[4], usage: JobUsage(computeNanoseconds: 5, networkCalls: 6, imageSteps: 6, imagesDone: 1),
                trajectories: [1: SavedTrajectory(step: 2, calls: 2, bytes: Array("state".utf8))],
                finished: [0: FinishedImage(output: output("image 0"), calls: 4)])
        ])
        let last = try store.jobs(JobQuery(limit: 2)).jobs
        _ = try store.cancel(last[0].id, usage: nil, by: "root")
        try store.delete(last[0].id, by: "root")
        _ = try store.pin(leases[0].job.id, true, by: "ann")
        try store.release([leases[4]])
    }

    private static func finish(_ store: some JobStore, _ lease: JobLease) throws {
        let images = lease.job.progress.images
        try store.finish(
            JobCheckpoint(
                lease: lease,
                usage: JobUsage(computeNanoseconds: 8, networkCalls: 8, imageSteps: 8, imagesDone: images),
                finished: Dictionary(
                    uniqueKeysWithValues: (0..<images).map { ($0, FinishedImage(output: output("image \($0)"), calls: 4)) })))
    }
}

extension StoreCheck.Rules {
    /// Of the tests' engine: images are texts.
    static var fake: StoreCheck.Rules {
        StoreCheck.Rules(
            faultOfRecipe: { (try? FakeRequest($0)) == nil ? "what no engine reads" : nil },
            faultOfImage: { bytes, format in
                bytes.starts(with: Array("image".utf8)) && format.width == 3 ? nil : "what is none"
            })
    }
}
