import Jobs
import Locking

/// Which inputs are being read from outside of the database, and which could not be.
final class InputReading: Sendable {
    private struct State {
        /// By their tokens.
        var underWay: [String: JobLease] = [:]
        /// Until when the jobs are left to others.
        var unreadable: [JobID: ContinuousClock.Instant] = [:]
    }

    private let state = Lock(State())

    /// Leases that nobody has yet who would renew them.
    var underWay: [JobLease] { state.withLock { Array($0.underWay.values) } }

    /// Runs `body`, which reads the inputs of jobs that are leased.
    func read<Value>(
        _ leases: [JobLease], _ body: () throws(JobStoreError) -> Value
    ) throws(JobStoreError) -> Value {
        state.withLock { state in
            for lease in leases { state.underWay[lease.token] = lease }
        }
        defer {
            state.withLock { state in
                for lease in leases { state.underWay[lease.token] = nil }
            }
        }
        return try body()
    }

    /// The inputs of a job could not be read: without a pause it would be the next to be leased again, for ever, and
    /// keep all behind it waiting.
    func note(unreadable id: JobID, until time: ContinuousClock.Instant) {
        state.withLock { $0.unreadable[id] = time }
    }

    /// The jobs that are left to others now.
    var unreadable: [String] {
        let now = ContinuousClock.now
        return state.withLock { state in
            state.unreadable = state.unreadable.filter { $0.value > now }
            return state.unreadable.keys.map(\.description).sorted()
        }
    }
}
