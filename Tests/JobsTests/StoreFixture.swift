import Dispatch
import Foundation
import Jobs
import JobsFakeEngine
import JobsSQLite
import Locking
import Logging
import TestSupport
import Testing

extension TemporaryFolder {
    var storePath: String { path + "/jobs.sqlite" }
}

/// A clock that moves when it is told to.
final class TestClock: Sendable {
    private let time = Lock(Int64(1_700_000_000_000))

    var now: Timestamp { Timestamp(milliseconds: time.withLock { $0 }) }

    func advance(milliseconds: Int64) {
        time.withLock { $0 += milliseconds }
    }
}

/// A store and its clock, to be filled.
protocol FilledStore {
    var jobs: any JobStore { get }
    var clock: TestClock { get }
}

extension FilledStore {
    /// Inserts `count` jobs with the seeds 0, 1, ...
    func insert(_ count: Int, images: Int = 1) throws -> [Job] {
        try (0..<count).map { number in
            clock.advance(milliseconds: 10)
            return try jobs.insert(FakeRequest(seed: UInt64(number), images: images).newJob(), queueLimit: 1_000).job
        }
    }

    /// Leases a job and begins it.
    func leaseOne() throws -> JobLease {
        let lease = try #require(try jobs.lease(limit: 1).first)
        try jobs.begin([lease])
        return lease
    }
}

/// The two places a store can be in.
enum Place: String, CaseIterable, Sendable {
    case memory, file
}

struct StoreFixture: FilledStore {
    let folder: TemporaryFolder
    let store: SQLiteJobStore
    let clock = TestClock()

    init(_ place: Place = .file, configure: (inout SQLiteJobStore.Configuration) -> Void = { _ in }) throws {
        folder = try TemporaryFolder()
        var configuration = SQLiteJobStore.Configuration()
        // The folder lives as long as the store.
        configuration.clock = { [clock, folder] in withExtendedLifetime(folder) { clock.now } }
        configure(&configuration)
        store =
            try place == .memory
            ? SQLiteJobStore(inMemory: configuration) : SQLiteJobStore(path: folder.storePath, configuration: configuration)
    }

    var jobs: any JobStore { store }

    /// Number of rows of a table, looked up behind the store's back.
    func rows(_ table: String) throws -> Int {
        let count = try store.inspect("SELECT count(*) FROM \(table)")
        return try #require(count.flatMap { Int($0) })
    }
}

func output(_ text: String) -> ImageOutput {
    let traits = ImageTraits(
        seed: "18446744073709551615", format: .init(width: 3, height: 2, bitDepth: 16), sha256: "hash of \(text)",
        mediaType: "image/png")
    return ImageOutput(traits, bytes: Array(text.utf8))
}

extension JobLease {
    /// Ends the job with one image per index, each of which took `calls` evaluations.
    func checkpoint(images: Range<Int>, calls: Int64 = 4) -> JobCheckpoint {
        JobCheckpoint(
            lease: self,
            usage: JobUsage(
                computeNanoseconds: 8_000_000, networkCalls: calls * Int64(images.count), imageSteps: calls * Int64(images.count),
                imagesDone: images.count),
            finished: Dictionary(
                uniqueKeysWithValues: images.map { ($0, FinishedImage(output: output("image \($0)"), calls: calls)) }))
    }

    /// Saves that image 0 has done `step` steps.
    func checkpoint(step: Int) -> JobCheckpoint {
        JobCheckpoint(
            lease: self,
            usage: JobUsage(
                computeNanoseconds: Int64(step) * 1_000_000, networkCalls: Int64(step), imageSteps: Int64(step), imagesDone: 0),
            trajectories: [0: SavedTrajectory(step: step, calls: Int64(step), bytes: Array("state \(step)".utf8))])
    }
}

let silent = Logger(label: "tests", factory: { _ in SwiftLogNoOpLogHandler() })

/// Runs `body` on that many threads at once and returns when all have ended.
func concurrently(_ count: Int, _ body: @Sendable @escaping (Int) -> Void) {
    let group = DispatchGroup()
    for index in 0..<count {
        group.enter()
        Thread {
            body(index)
            group.leave()
        }.start()
    }
    group.wait()
}
