import HTTPTypes
import Locking

/// The one-time duty to answer a request, from any thread. Dropped without an answer it answers 500, so that no client
/// waits for ever.
public final class Responder: Sendable {
    private let deliver: Lock<(@Sendable (Response) -> Void)?>
    private let departure: Departure
    private let complete: @Sendable (Response) -> Response

    /// - Parameter complete: adds to the answer of a dropped request what all answers have.
    package init(
        departure: Departure, complete: @escaping @Sendable (Response) -> Response = { $0 },
        _ deliver: @escaping @Sendable (Response) -> Void
    ) {
        self.deliver = Lock(deliver)
        self.departure = departure
        self.complete = complete
    }

    deinit {
        guard let deliver = deliver.withLock({ $0 }) else { return }
        deliver(complete(.refusal(.internalServerError, "the request was dropped without an answer")))
    }

    /// Answers. Only the first call counts.
    public func respond(_ response: Response) {
        let deliver = self.deliver.withLock { slot in
            defer { slot = nil }
            return slot
        }
        deliver?(response)
    }

    /// Calls `action` once when the client closes its side or is lost, at once if it already has. It is called on the
    /// I/O thread and must not block. An answer is still allowed then, and sent if the connection still takes it: a
    /// client can have closed only its sending side.
    public func onDisconnect(_ action: @escaping @Sendable () -> Void) { departure.observe(action) }
}

/// That a client went away: shared by the connection, which sees it, and the responder, whose owner wants to know.
package final class Departure: Sendable {
    private struct State {
        var happened = false
        var actions: [@Sendable () -> Void] = []
    }
    private let state = Lock(State())

    package init() {}

    func observe(_ action: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            if !state.happened { state.actions.append(action) }
            return state.happened
        }
        if isLate { action() }
    }

    package func happen() {
        let actions = state.withLock { state in
            defer { state.actions = [] }
            state.happened = true
            return state.actions
        }
        for action in actions { action() }
    }

    /// The request is answered: what was waiting for the client's departure is let go.
    func forget() {
        state.withLock { $0.actions = [] }
    }
}
