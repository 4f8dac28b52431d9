import Locking

/// How many streams of events are open, in all and for each client.
package final class StreamCensus: Sendable {
    package struct Limits: Sendable, Equatable {
        /// Streams in all.
        package var total: Int
        /// Streams of one token, or without tokens of one address.
        package var perClient: Int

        package init(total: Int, perClient: Int) { (self.total, self.perClient) = (total, perClient) }
    }

    private struct State {
        var total = 0
        var perClient: [String: Int] = [:]
    }

    package let limits: Limits
    private let state = Lock(State())

    package init(_ limits: Limits) { self.limits = limits }

    /// Streams that are open now.
    package var count: Int { state.withLock { $0.total } }

    /// Takes a place, to be left by `leave`.
    /// - Throws: 429 where there is none.
    package func enter(_ client: String) throws(Problem) {
        let reason: String? = state.withLock { state in
            if state.total >= limits.total { return "All \(limits.total) streams of events are in use" }
            let own = state.perClient[client, default: 0]
            if own >= limits.perClient { return "All \(limits.perClient) streams of events of one client are in use" }
            state.total += 1
            state.perClient[client] = own + 1
            return nil
        }
        guard let reason else { return }
        throw Problem(
            .tooManyStreams, "\(reason); close one, or ask GET /v1/jobs/{id}?wait=50 instead.",
            fields: [.retryAfter: "10"])
    }

    package func leave(_ client: String) {
        state.withLock { state in
            state.total -= 1
            let rest = state.perClient[client, default: 1] - 1
            state.perClient[client] = rest > 0 ? rest : nil
        }
    }
}
