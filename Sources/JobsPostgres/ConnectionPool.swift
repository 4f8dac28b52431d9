import Dispatch
import Locking

/// So many connections at most, opened when they are first needed, lent to one thread each.
///
/// When the server does not answer, nobody tries again before a pause that grows to a few seconds: a thousand
/// processes must not knock at a server that is just coming up.
final class ConnectionPool: Sendable {
    struct Plan: Sendable {
        var url: String
        var most: Int
        /// Run on each new connection.
        var preparation: String
        var defaults: [(name: String, value: String)]
    }

    private struct State {
        var free: [PostgresConnection] = []
        var isClosed = false
        /// After an attempt that failed.
        var nextAttempt: ContinuousClock.Instant?
        var pause = Duration.zero
        var lastFailure: PostgresError?
    }

    private let plan: Plan
    private let state = Lock(State())
    private let places: DispatchSemaphore

    init(_ plan: Plan) {
        self.plan = plan
        places = DispatchSemaphore(value: max(1, plan.most))
    }

    /// - Returns: what `body` gives, called with a connection of its own.
    /// - Throws: `PostgresError`, or what `body` throws.
    func withConnection<Value>(_ body: (PostgresConnection) throws -> Value) throws -> Value {
        places.wait()
        defer { places.signal() }
        let connection = try borrow()
        defer { giveBack(connection) }
        let value = try body(connection)
        // What was to come with a later statement does not wait for the next who borrows it.
        try connection.flush()
        return value
    }

    private func borrow() throws(PostgresError) -> PostgresConnection {
        let known: PostgresConnection? = try state.withLock { state throws(PostgresError) in
            if state.isClosed { throw Self.closed }
            return state.free.popLast()
        }
        if let known { return known }
        return try open()
    }

    /// A new connection, which is nobody's but the caller's.
    /// - Throws: `PostgresError`: of the attempt before, as long as its pause lasts.
    func open() throws(PostgresError) -> PostgresConnection {
        try state.withLock { state throws(PostgresError) in
            if state.isClosed { throw Self.closed }
            if let next = state.nextAttempt, let failure = state.lastFailure, ContinuousClock.now < next {
                throw failure
            }
        }
        do throws(PostgresError) {
            let connection = try PostgresConnection(url: plan.url, defaults: plan.defaults)
            try connection.runScript(plan.preparation)
            state.withLock { ($0.nextAttempt, $0.pause, $0.lastFailure) = (nil, .zero, nil) }
            return connection
        } catch {
            state.withLock { state in
                state.pause = min(.seconds(2), max(.milliseconds(50), state.pause * 2))
                // Not all at the same moment.
                let pause = state.pause * Double.random(in: 0.5...1)
                (state.nextAttempt, state.lastFailure) = (ContinuousClock.now + pause, error)
            }
            throw error
        }
    }

    private func giveBack(_ connection: PostgresConnection) {
        guard connection.isUsable, !connection.isInTransaction else { return }
        state.withLock { state in
            if !state.isClosed { state.free.append(connection) }
        }
    }

    /// Forgets the connections that nobody uses: after an outage they are all of the server that has gone.
    func forgetFree() { state.withLock { $0.free = [] } }

    func close() { state.withLock { ($0.isClosed, $0.free) = (true, []) } }

    private static var closed: PostgresError {
        PostgresError(state: nil, message: "the store has been closed", isConnectionLost: false)
    }
}
