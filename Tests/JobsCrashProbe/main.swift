// A process to be killed: runs the worker pool with the fake engine on a file, and says on standard output what it has acknowledged.
//
//     JobsCrashProbe STORE LAUNCH NEW-JOBS [--finish]
//
// It submits NEW-JOBS jobs with the idempotency keys "LAUNCH-0", "LAUNCH-1", ...; prints "accepted ID SEED" when a job is
// acknowledged, and "saved" whenever progress is on the disk; then computes until it is killed or, with --finish, until
// nothing is left to do, and prints "done".
import Glibc
import Jobs
import JobsFakeEngine
import JobsSQLite
import Logging
import Dispatch

func say(_ text: String) {
    print(text)
    fflush(nil)
}

/// Says what the pool's log says of saves.
struct SaveReporter: LogHandler {
    var logLevel = Logger.Level.debug
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        if event.message == "progress is saved" { say("saved") }
    }
}

let arguments = CommandLine.arguments
guard arguments.count >= 4, let launch = UInt64(arguments[2]), let jobs = UInt64(arguments[3]) else {
    say("usage: JobsCrashProbe STORE LAUNCH NEW-JOBS [--finish]")
    exit(64)
}

let store = try SQLiteJobStore(path: arguments[1])
let board = try JobBoard(store: store, configuration: .init(queueLimit: 100_000))
let pool = WorkerPool(
    board: board, engine: FakeEngine(delay: .milliseconds(3)),
    configuration: WorkerPoolConfiguration(
        workers: 2, maximumBatchRows: 4, maximumAttempts: 1_000, saveInterval: .milliseconds(20)),
    logger: Logger(label: "probe", factory: { _ in SaveReporter() }))
try pool.start()
say("ready")
for number in 0..<jobs {
    let request = FakeRequest(
        seed: launch * 1_000 + number, images: 1 + Int(number % 3), steps: 10 + Int(number) * 5, rows: 1 + Int(number % 2))
    let submission = try board.submit(request.newJob(key: "\(launch)-\(number)"))
    say("accepted \(submission.job.id) \(request.seed)")
}
guard arguments.last == "--finish" else {
    DispatchSemaphore(value: 0).wait()
    exit(0)
}
while let next = try store.outstandingWork().first {
    let job = try board.job(next.id)
    if job.status.isTerminal { continue }
    let changed = DispatchSemaphore(value: 0)
    _ = try board.subscribe(to: job.id, after: job.version) { changed.signal() }
    changed.wait()
}
say("done")
