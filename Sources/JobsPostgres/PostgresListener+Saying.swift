import Dispatch
import Jobs

// Saying to other processes what this one has done.
extension PostgresListener {
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

    func notify(_ pool: ConnectionPool) {
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
}
