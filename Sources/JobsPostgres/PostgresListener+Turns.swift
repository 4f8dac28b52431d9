import Jobs

// How processes hear that only compute.
//
// Each word wakes every connection that listens: of a hundred workers each would ask for, and none but one get, a job
// that has arrived, and each would hear of every step of all the others' jobs. So a few of those at rest listen, and
// the others wait in line for their turn, which costs nothing. A turn is an advisory lock; who is told of a job passes
// it on and takes his place at the end.
extension PostgresListener {
    /// Hears for a moment if it is this process's turn, waits for it, or looks after what is computed here.
    func attend(_ hearing: inout Hearing, _ handlers: Handlers) throws(PostgresError) {
        let (isAtRest, wantsJobs) = state.withLock { ($0.held.isEmpty, $0.wantsJobs) }
        if hearing.turn != nil {
            let isTold = try hear(&hearing, handlers)
            if isTold || !wantsJobs { try passOn(&hearing, isTold: isTold) }
        } else if wantsJobs, isAtRest || hearing.nextLook <= .now {
            try takeTurn(&hearing, inLine: isAtRest)
            // What has arrived before; or, after a time in which nobody has passed a turn on, now and then.
            if hearing.turn != nil { hearing.nextLook = .now } else { try lookIfDue(&hearing, handlers) }
        } else {
            if try hear(&hearing, handlers) { noteTold() }
        }
    }

    private func lookIfDue(_ hearing: inout Hearing, _ handlers: Handlers) throws(PostgresError) {
        guard hearing.nextLook <= .now else { return }
        let found = try look(&hearing, handlers)
        if state.withLock({ $0.held.isEmpty }) {
            hearing.nextLook = max(hearing.nextLook, min(.now + Self.longest, .now + interval * 5))
        }
        if found.contains(where: { if case .arrived = $0 { true } else { false } }) { noteTold() }
        tell(found, handlers)
    }

    /// Nothing more is asked for until this process has looked for the job that it was told of.
    private func noteTold() { state.withLock { $0.wantsJobs = false } }

    /// - Parameter inLine: whether to wait for a turn, for some seconds; a turn that is free is taken at once.
    private func takeTurn(_ hearing: inout Hearing, inLine: Bool) throws(PostgresError) {
        let connection = hearing.connection, turn = Int.random(in: 0..<Self.turns)
        if inLine, hearing.hasTried {
            let answer = try connection.run(
                "SELECT pg_advisory_lock(hashtextextended($1, $2))", [.text(channel), .integer(turn)],
                wakenBy: wake.number, isToBeLeft: { self.isToBeLeft })
            hearing.turn = answer == nil ? nil : turn
        } else {
            let cases = (0..<Self.turns).map { turn in
                "WHEN pg_try_advisory_lock(hashtextextended($1, \(turn))) THEN \(turn)::bigint"
            }
            let row = try connection.run(
                "SELECT CASE \(cases.joined(separator: " ")) END AS turn", [.text(channel)]
            ).rows.first
            hearing.turn = row?.integer("turn").map { Int($0) }
        }
        hearing.hasTried = hearing.turn == nil
        if hearing.turn != nil { try connection.runScript("LISTEN \"\(channel)\"") }
    }

    /// Whether this process does not want a turn any more.
    private var isToBeLeft: Bool {
        wake.clear()
        return state.withLock { $0.isStopped || !$0.wantsJobs || !$0.held.isEmpty }
    }

    private func passOn(_ hearing: inout Hearing, isTold: Bool) throws(PostgresError) {
        guard let turn = hearing.turn else { return }
        if isTold { noteTold() }
        hearing.connection.later("UNLISTEN *")
        try hearing.connection.run(
            "SELECT pg_advisory_unlock(hashtextextended($1, $2))", [.text(channel), .integer(turn)])
        // What is still to be heard has arrived before whoever has the turn now looks.
        (hearing.turn, hearing.gate) = (nil, ArrivalGate())
    }
}
