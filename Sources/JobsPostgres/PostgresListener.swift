import Dispatch
import class Foundation.Thread
import Jobs
import Locking

/// The connection that hears what other processes have done, and the thread that says what this one has.
///
/// A notification is a letter for what has happened, who says so, and of which job. A job that has arrived is not told
/// at once where many wait for one (`ArrivalGate`). None is relied on: at each interval, and after each new connection,
/// the listener looks at what has ended and what waits (`look`). Who only computes hears by turns (`attend`).
final class PostgresListener: Sendable {
    struct State {
        /// What is to be said, and of which job.
        var outgoing: [(letter: String, job: JobID)] = []
        /// Whether this process takes jobs: who only answers is told at once of all.
        var takesJobs = false
        var isStopped = false
        /// Grows with everything that is heard or found.
        var heard: Int64 = 0
        /// What this process computes.
        var held: Set<JobID> = []
        /// Whether it could take more jobs than there were.
        var wantsJobs = false
    }

    /// What is called with what has been heard or found.
    struct Handlers: Sendable {
        /// Told of what has happened.
        let tell: @Sendable ([StoreEvent]) -> Void
        /// Takes back the jobs of processes that are gone.
        let recover: @Sendable () -> Void
    }

    let channel: String
    let owner: String
    let interval: Duration
    /// Whether this process computes and answers nobody (`attend`).
    let takesTurns: Bool
    let state = Lock(State())
    let wake: WakeDescriptor
    let sending = DispatchSemaphore(value: 0)
    /// Signalled when the first attempt to listen is over.
    let hasListened = DispatchSemaphore(value: 0)
    private let threads = DispatchGroup()

    /// - Throws: `PostgresError` when the system gives no descriptor.
    init(schema: String, owner: String, interval: Duration, takesTurns: Bool) throws(PostgresError) {
        (channel, self.owner, self.interval, self.takesTurns) = ("phantom." + schema, owner, interval, takesTurns)
        wake = try WakeDescriptor()
    }

    /// A number that changes when another process may have changed something.
    var heard: Int64 { state.withLock { $0.heard } }

    /// Returns when this process hears, so that it misses no word from here on; or when it cannot yet, after a second.
    func start(_ pool: ConnectionPool, _ handlers: Handlers) {
        let bodies: [(String, @Sendable () -> Void)] = [
            ("listen", { self.listen(pool, handlers) }), ("notify", { self.notify(pool) }),
        ]
        for (name, body) in bodies {
            threads.enter()
            let thread = Thread { [threads] in
                body()
                threads.leave()
            }
            thread.name = "jobs.\(name)"
            thread.start()
        }
        _ = hasListened.wait(timeout: .now() + 1)
    }

    /// - Parameter patience: seconds to wait for the threads.
    func stop(patience: Double) {
        state.withLock { $0.isStopped = true }
        wake.wake()
        sending.signal()
        if patience > 0 { _ = threads.wait(timeout: .now() + patience) }
    }

    var isStopped: Bool { state.withLock { $0.isStopped } }

    /// This process takes jobs from now on.
    func noteTaking() { state.withLock { $0.takesJobs = true } }

    /// It has taken these.
    /// - Parameter areAll: whether they are as many as it could take.
    func note(_ jobs: [JobID], areAll: Bool) {
        let isNews = state.withLock { state in
            defer { state.wantsJobs = !areAll }
            state.held.formUnion(jobs)
            return state.wantsJobs == areAll
        }
        if isNews, takesTurns { wake.wake() }
    }

    /// It has these no more.
    func noteEnd(of jobs: [JobID]) { state.withLock { $0.held.subtract(jobs) } }
}
