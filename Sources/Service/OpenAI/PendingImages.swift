import Jobs
import Locking

/// Jobs whose requests were told to come again, by what they asked for: a client of OpenAI's API has no other way to
/// wait for longer than one answer may take. Of several requests for the same each has a job of its own here. In
/// memory: after a restart the same request is a new job.
final class PendingImages: Sendable {
    /// Requests that are remembered at most; the oldest are forgotten.
    private static let most = 1_024

    private struct Pending: Equatable {
        let key: String
        let job: JobID
    }

    /// The oldest first.
    private let state = Lock<[Pending]>([])

    /// A job of the same request, the one that has waited longest; it is forgotten here, and a request that comes when
    /// there is none left is one of its own.
    func take(_ key: String) -> JobID? {
        state.withLock { state in
            guard let place = state.firstIndex(where: { $0.key == key }) else { return nil }
            return state.remove(at: place).job
        }
    }

    func keep(_ job: JobID, for key: String) {
        state.withLock { state in
            let pending = Pending(key: key, job: job)
            // Several may wait for one job, by its `Idempotency-Key`.
            guard !state.contains(pending) else { return }
            state.append(pending)
            if state.count > Self.most { state.removeFirst() }
        }
    }
}
