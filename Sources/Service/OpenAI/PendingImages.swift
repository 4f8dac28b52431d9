import Jobs
import Locking

/// Jobs whose requests were told to come again, by what they asked for: a client of OpenAI's API has no other way to
/// wait for longer than one answer may take. In memory: after a restart the same request is a new job.
final class PendingImages: Sendable {
    /// Requests that are remembered at most; the oldest are forgotten.
    private static let most = 1_024

    private struct State {
        var jobs: [String: JobID] = [:]
        var order: [String] = []
    }

    private let state = Lock(State())

    /// The job of the same request, which is forgotten here: a request that comes after that is one of its own.
    func take(_ key: String) -> JobID? {
        state.withLock { state in
            guard let job = state.jobs.removeValue(forKey: key) else { return nil }
            state.order.removeAll { $0 == key }
            return job
        }
    }

    func keep(_ job: JobID, for key: String) {
        state.withLock { state in
            if state.jobs.updateValue(job, forKey: key) == nil { state.order.append(key) }
            if state.order.count > Self.most { state.jobs[state.order.removeFirst()] = nil }
        }
    }
}
