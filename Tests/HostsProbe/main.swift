// What the queue alone can do: clients and workers on one PostgreSQL, with an engine that makes nothing. For
// Tests/Soak/queue_speed.py.
//
//     HostsProbe URL submit JOBS THREADS IMAGES STEPS [PAUSE]   puts in so many jobs, each thread for an owner of its own
//     HostsProbe URL finish JOBS THREADS                        leases, begins and finishes so many, each with an image
//     HostsProbe URL work POOLS DELAY                           runs so many worker pools until it is killed
//
// PAUSE after each job and DELAY of each step are in milliseconds. "ready" is said when the store is open; "seconds" and
// how many it took, at the end.
import Dispatch
import Glibc
import Jobs
import JobsFakeEngine
import JobsPostgres
import Logging

func say(_ text: String) {
    print(text)
    fflush(nil)
}

func pause(milliseconds: Int) {
    if milliseconds > 0 { _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(milliseconds)) }
}

func open(connections: Int, onlyComputes: Bool = false) throws -> PostgresJobStore {
    var configuration = PostgresJobStore.Configuration()
    (configuration.connections, configuration.onlyComputes) = (connections, onlyComputes)
    return try PostgresJobStore(url: CommandLine.arguments[1], configuration: configuration)
}

let words = CommandLine.arguments, numbers = words.dropFirst(3).compactMap { Int($0) }
guard words.count >= 5, numbers.count == words.count - 3 else {
    say("usage: HostsProbe URL submit|finish|work NUMBERS...")
    exit(64)
}

/// Runs `body` on so many threads, and says how long that took.
func timed(_ threads: Int, _ body: @escaping @Sendable (Int) throws -> Void) {
    let start = ContinuousClock.now
    DispatchQueue.concurrentPerform(iterations: threads) { thread in
        do { try body(thread) } catch { say("error: \(error)") }
    }
    let (seconds, attoseconds) = start.duration(to: .now).components
    say("seconds \(Double(seconds) + Double(attoseconds) / 1e18)")
}

@Sendable func image(of lease: JobLease) -> JobCheckpoint {
    let traits = ImageTraits(
        seed: "1", format: .init(width: 64, height: 64, bitDepth: 8), sha256: "0", mediaType: "image/png")
    let image = FinishedImage(output: ImageOutput(traits, bytes: [UInt8](repeating: 7, count: 6_000)), calls: 1)
    let usage = JobUsage(computeNanoseconds: 1_000, networkCalls: 1, imageSteps: 1, imagesDone: 1)
    return JobCheckpoint(lease: lease, usage: usage, finished: [0: image])
}

switch words[2] {
case "submit":
    let (jobs, threads, images, steps) = (numbers[0], numbers[1], numbers[2], numbers[3])
    let wait = numbers.count > 4 ? numbers[4] : 0
    let store = try open(connections: threads)
    say("ready")
    timed(threads) { thread in
        for number in 0..<jobs / threads {
            var job = FakeRequest(seed: UInt64(number), images: images, steps: steps).newJob()
            job.owner = "owner \(thread)"
            _ = try store.insert(job, queueLimit: 1_000_000)
            pause(milliseconds: wait)
        }
    }
case "finish":
    let (jobs, threads) = (numbers[0], numbers[1])
    let store = try open(connections: threads)
    say("ready")
    timed(threads) { _ in
        for _ in 0..<jobs / threads {
            for lease in try store.lease(LeasePlaces(small: 1, large: 0)) {
                try store.begin([lease])
                try store.finish(image(of: lease))
            }
        }
    }
case "work":
    var pools: [WorkerPool<FakeEngine>] = []
    for number in 0..<numbers[0] {
        let board = try JobBoard(store: try open(connections: 2, onlyComputes: true))
        var worker = WorkerRecord(
            id: "\(getpid()) \(number)", name: "", role: "worker", program: .init(version: "", arithmetic: ""), cores: 1)
        worker.models = [.init(ModelReference(name: "model0", weightsSHA256: "ab"))]
        try board.announce(worker)
        var configuration = WorkerPoolConfiguration(workers: 1, maximumBatchRows: 1, maximumActiveJobs: 2)
        (configuration.sharesJobs, configuration.renewalInterval) = (true, .seconds(5))
        configuration.recoveryInterval = .seconds(15)
        let pool = WorkerPool(
            board: board, engine: FakeEngine(delay: .milliseconds(numbers[1])), configuration: configuration,
            logger: Logger(label: "probe", factory: { _ in SwiftLogNoOpLogHandler() }))
        try pool.start()
        pools.append(pool)
    }
    say("ready")
    DispatchSemaphore(value: 0).wait()
default:
    say("usage: HostsProbe URL submit|finish|work NUMBERS...")
    exit(64)
}
