import Dispatch
import Jobs

// Hearing what other processes have done.
extension PostgresListener {
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

    func listen(_ pool: ConnectionPool, _ handlers: Handlers) {
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

    private func ended(_ id: JobID) -> StoreEvent {
        noteEnd(of: [id])
        return .cancelled(id)
    }
}
