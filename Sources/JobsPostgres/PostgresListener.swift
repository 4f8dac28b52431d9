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
    private let sending = DispatchSemaphore(value: 0)
    /// Signalled when the first attempt to listen is over.
    private let hasListened = DispatchSemaphore(value: 0)
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

    // MARK: Saying

    /// Says so to the other processes, soon.
    /// - Parameter areOfParts: whether others may take parts of the same jobs: all who can are wanted then.
    func send(_ events: [StoreEvent], areOfParts: Bool = false) {
        guard !events.isEmpty else { return }
        let isFirst = state.withLock { state in
            defer { state.outgoing += events.map { (Self.letter($0, isOfPart: areOfParts), $0.job) } }
            return state.outgoing.isEmpty
        }
        if isFirst { sending.signal() }
    }

    /// Each word wakes all who listen, and while it is written no other is: so what comes within a moment goes
    /// together.
    private static let spacing = Duration.milliseconds(4)

    private func notify(_ pool: ConnectionPool) {
        var next = ContinuousClock.now
        while true {
            sending.wait()
            let wait = ContinuousClock.now.duration(to: next).wholeMilliseconds
            if wait > 0, !isStopped { _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(Int(wait))) }
            next = .now + Self.spacing
            let words = state.withLock { state in
                defer { state.outgoing = [] }
                return state.outgoing
            }
            let texts = words.map { "\($0.letter)\(owner)\($0.job)" }
            // A word that does not get out is found by looking; what it tells of is on the disk already.
            if !texts.isEmpty {
                try? pool.withConnection { connection in
                    _ = try connection.run(
                        """
                        SELECT pg_notify($1, text) FROM unnest($2::text[]) AS text,
                            (SELECT set_config('synchronous_commit', 'off', true)) AS quick
                        """, [.text(channel), .texts(texts)])
                }
            }
            if isStopped { return }
        }
    }

    private static func letter(_ event: StoreEvent, isOfPart: Bool) -> String {
        switch event {
        case .arrived: isOfPart ? "r" : "a"
        case .cancelled: "c"
        case .ended: "e"
        case .changed: isOfPart ? "p" : "m"
        }
    }

    /// Takes in what others have said.
    /// - Returns: what is to be told of it now.
    private func events(_ texts: [String], _ gate: inout ArrivalGate) -> [StoreEvent] {
        let takesJobs = state.withLock { $0.takesJobs }
        return texts.compactMap { text -> StoreEvent? in
            let word = text.utf8
            // Not what this process has said itself, nor what cannot be read.
            guard word.count == 73, let letter = text.first, !word.dropFirst().starts(with: owner.utf8),
                let id = JobID(String(text.dropFirst(37)))
            else { return nil }
            if letter == "a", takesJobs {
                let isNow = gate.arrived(id, at: .now, random: Double.random(in: 0..<1))
                return isNow ? .arrived(id) : nil
            }
            if "mec".contains(letter) { gate.isTaken(id) }
            return switch letter {
            case "a", "r": .arrived(id)
            case "c": ended(id)
            case "e": .ended(id)
            case "m", "p": .changed(id)
            default: nil
            }
        }
    }

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

    private func ended(_ id: JobID) -> StoreEvent {
        noteEnd(of: [id])
        return .cancelled(id)
    }

    /// It has these no more.
    func noteEnd(of jobs: [JobID]) { state.withLock { $0.held.subtract(jobs) } }

    // MARK: Hearing

    /// One connection's time, from when it is opened until it is lost or the store is closed.
    struct Hearing {
        let connection: PostgresConnection
        var gate = ArrivalGate()
        /// The latest end that has been looked at; nil before the first look, which is over what there was before.
        var latest: Int64?
        var nextLook = ContinuousClock.now
        /// Which of the turns this process has.
        var turn: Int?
        /// Whether it has found none free.
        var hasTried = false
    }

    private func listen(_ pool: ConnectionPool, _ handlers: Handlers) {
        var latest: Int64?
        while !isStopped {
            do throws(PostgresError) {
                var hearing = Hearing(connection: try pool.open())
                hearing.latest = latest
                defer { latest = hearing.latest }
                if takesTurns {
                    // Who waits for his turn holds it, too, should his host be cut off: not for long.
                    try hearing.connection.runScript(
                        """
                        SET lock_timeout = \(Int.random(in: 4_000...6_000)); SET statement_timeout = 0;
                        SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3
                        """)
                    hasListened.signal()
                } else {
                    try hearing.connection.runScript("LISTEN \"\(channel)\"")
                    hasListened.signal()
                }
                while !isStopped {
                    if takesTurns { try attend(&hearing, handlers) } else { try hear(&hearing, handlers) }
                }
            } catch {
                // `open` has a pause of its own, which grows.
                _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(50))
            }
        }
    }

    /// Hears one word, or looks.
    /// - Returns: whether a job was told of that has arrived.
    @discardableResult
    func hear(_ hearing: inout Hearing, _ handlers: Handlers) throws(PostgresError) -> Bool {
        var found: [StoreEvent] = []
        if hearing.nextLook <= .now { found = try look(&hearing, handlers) }
        tell(found, handlers)
        let wakeTime = min(hearing.nextLook, hearing.gate.next ?? hearing.nextLook)
        let left = max(.zero, ContinuousClock.now.duration(to: wakeTime)).wholeMilliseconds
        let texts = try hearing.connection.notifications(within: Int32(clamping: left + 1), orReadable: wake.number)
        wake.clear()
        if !texts.isEmpty { state.withLock { $0.heard &+= 1 } }
        let heard = events(texts, &hearing.gate) + hearing.gate.due(at: .now)
        tell(heard, handlers)
        return (found + heard).contains { if case .arrived = $0 { true } else { false } }
    }

    func tell(_ events: [StoreEvent], _ handlers: Handlers) {
        guard !events.isEmpty else { return }
        state.withLock { $0.heard &+= 1 }
        handlers.tell(events)
    }
}
