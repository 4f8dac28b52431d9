import Dispatch
import class Foundation.Thread
import Jobs
import Locking

/// The connection that hears what other processes have done, and the thread that says what this one has.
///
/// A notification is a letter for what has happened, who says so, and of which job. A job that has arrived is not told
/// at once where many wait for one (`ArrivalGate`). None is relied on: at each interval, and after each new connection,
/// the listener looks at what has ended and what waits.
final class PostgresListener: Sendable {
    private struct State {
        /// What is to be said, and of which job.
        var outgoing: [(letter: String, job: JobID)] = []
        /// Whether this process takes jobs: who only answers is told at once of all.
        var takesJobs = false
        var isStopped = false
        /// Grows with everything that is heard or found.
        var heard: Int64 = 0
    }

    private let channel: String
    private let owner: String
    private let interval: Duration
    private let state = Lock(State())
    private let wake: WakeDescriptor
    private let sending = DispatchSemaphore(value: 0)
    /// Signalled when the first attempt to listen is over.
    private let hasListened = DispatchSemaphore(value: 0)
    private let threads = DispatchGroup()

    /// - Throws: `PostgresError` when the system gives no descriptor.
    init(schema: String, owner: String, interval: Duration) throws(PostgresError) {
        (channel, self.owner, self.interval) = ("phantom." + schema, owner, interval)
        wake = try WakeDescriptor()
    }

    /// A number that changes when another process may have changed something.
    var heard: Int64 { state.withLock { $0.heard } }

    /// Returns when this process hears, so that it misses no word from here on; or when it cannot yet, after a second.
    func start(_ pool: ConnectionPool, tell: @escaping @Sendable ([StoreEvent]) -> Void) {
        let bodies: [(String, @Sendable () -> Void)] = [
            ("listen", { self.listen(pool, tell) }), ("notify", { self.notify(pool) }),
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

    private var isStopped: Bool { state.withLock { $0.isStopped } }

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

    private func notify(_ pool: ConnectionPool) {
        while true {
            sending.wait()
            let words = state.withLock { state in
                defer { state.outgoing = [] }
                return state.outgoing
            }
            let texts = words.map { "\($0.letter)\(owner)\($0.job)" }
            // A word that does not get out is found by looking.
            if !texts.isEmpty {
                try? pool.withConnection { connection in
                    _ = try connection.run(
                        "SELECT pg_notify($1, text) FROM unnest($2::text[]) AS text", [.text(channel), .texts(texts)])
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
            let parts = Array(text)
            // Not what this process has said itself, nor what cannot be read.
            guard parts.count == 73, String(parts[1..<37]) != owner, let id = JobID(String(parts[37...])) else {
                return nil
            }
            if parts[0] == "a", takesJobs {
                let isNow = gate.arrived(id, at: .now, random: Double.random(in: 0..<1))
                return isNow ? .arrived(id) : nil
            }
            if "mec".contains(parts[0]) { gate.isTaken(id) }
            return switch parts[0] {
            case "a", "r": .arrived(id)
            case "c": .cancelled(id)
            case "e": .ended(id)
            case "m", "p": .changed(id)
            default: nil
            }
        }
    }

    /// This process takes jobs from now on.
    func noteTaking() { state.withLock { $0.takesJobs = true } }

    // MARK: Hearing

    private func listen(_ pool: ConnectionPool, _ tell: ([StoreEvent]) -> Void) {
        var connection: PostgresConnection?
        // What has been heard of; nil before the first look, which is over what there was before this process.
        var latest: Int64?
        var nextLook = ContinuousClock.now, gate = ArrivalGate()
        while !isStopped {
            do throws(PostgresError) {
                if connection == nil {
                    let new = try pool.open()
                    try new.runScript("LISTEN \"\(channel)\"")
                    (connection, nextLook) = (new, .now)
                    hasListened.signal()
                }
                guard let connection else { continue }
                if nextLook <= .now {
                    hear(try look(connection, after: &latest, &gate), tell)
                    // Not all processes at the same moment.
                    nextLook = .now + interval * Double.random(in: 0.75...1)
                }
                let wakeTime = min(nextLook, gate.next ?? nextLook)
                let left = max(.zero, ContinuousClock.now.duration(to: wakeTime)).wholeMilliseconds
                let texts = try connection.notifications(within: Int32(clamping: left + 1), orReadable: wake.number)
                if !texts.isEmpty { state.withLock { $0.heard &+= 1 } }
                hear(events(texts, &gate) + gate.due(at: .now), tell)
            } catch {
                connection = nil
                // `open` has a pause of its own, which grows.
                _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(50))
            }
        }
    }

    private func hear(_ events: [StoreEvent], _ tell: ([StoreEvent]) -> Void) {
        guard !events.isEmpty else { return }
        state.withLock { $0.heard &+= 1 }
        tell(events)
    }

    /// What has ended since the last look, and whether something waits.
    private func look(
        _ connection: PostgresConnection, after latest: inout Int64?, _ gate: inout ArrivalGate
    ) throws(PostgresError) -> [StoreEvent] {
        try Occurrences.number(connection)
        try AuditRow.chain(connection)
        guard let known = latest else {
            latest = try Occurrences.latest(connection)
            return []
        }
        let rows = try connection.run(
            """
            SELECT occurrences.sequence AS sequence, occurrences.image IS NULL AS is_end, id, status
            FROM occurrences JOIN jobs ON ordinal = occurrences.job
            WHERE sequence > $1 ORDER BY sequence LIMIT 1000
            """, [.integer(known)]
        ).rows
        latest = rows.last?.integer("sequence") ?? known
        var events = rows.compactMap { row -> StoreEvent? in
            guard let id = JobID(row.text("id")) else { return nil }
            guard row.boolean("is_end") else { return .changed(id) }
            return row.text("status") == JobStatus.cancelled.rawValue ? .cancelled(id) : .ended(id)
        }
        let waiting = try connection.run(
            """
            (SELECT id, 0::bigint AS at_rest FROM jobs WHERE status = 'queued' LIMIT 1)
            UNION ALL (SELECT id, 0 FROM parts JOIN jobs ON ordinal = job WHERE parts.lease IS NULL LIMIT 1)
            UNION ALL SELECT '', count(*) FROM workers
                WHERE seen_at > moment(NULL) - 30000 AND NOT is_draining AND role <> 'api' AND active_jobs = 0
            """
        ).rows
        gate.atRest = Int(waiting.last?.count("at_rest") ?? 0)
        events += waiting.compactMap { JobID($0.text("id")) }.map { .arrived($0) }
        return events
    }
}
