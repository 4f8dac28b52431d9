import Locking

/// Something that has happened in a store and that others than its cause may wait for.
public enum StoreEvent: Hashable, Sendable {
    /// A job waits for a place: it is new, or was put back into the queue.
    case arrived(JobID)
    /// A job was ended by somebody's wish: who computes for it may stop.
    case cancelled(JobID)
    /// A job has succeeded or failed.
    case ended(JobID)
    /// A job that another process runs has moved on: it was begun, or progress was saved.
    case changed(JobID)

    /// The job that it has happened to.
    package var job: JobID {
        switch self {
        case .arrived(let id), .cancelled(let id), .ended(let id), .changed(let id): id
        }
    }
}

/// Lets a store tell events to whoever observes it in this process.
public final class StoreObservers: Sendable {
    private struct State {
        var next = 0
        var bodies: [Int: @Sendable (StoreEvent) -> Void] = [:]
    }

    private let state = Lock(State())

    public init() {}

    /// - Returns: what keeps the observation alive.
    public func add(_ body: @escaping @Sendable (StoreEvent) -> Void) -> StoreObservation {
        let number = state.withLock { state in
            state.next += 1
            state.bodies[state.next] = body
            return state.next
        }
        return StoreObservation { [weak self] in self?.state.withLock { _ = $0.bodies.removeValue(forKey: number) } }
    }

    /// Tells all of them, one after the other, on this thread.
    public func tell(_ events: [StoreEvent]) {
        guard !events.isEmpty else { return }
        let bodies = state.withLock { $0.bodies }
        for (_, body) in bodies.sorted(by: { $0.key < $1.key }) {
            for event in events { body(event) }
        }
    }
}

/// One observation of a store: it ends with the last reference to this.
public final class StoreObservation: Sendable {
    private let end: @Sendable () -> Void

    public init(end: @escaping @Sendable () -> Void) { self.end = end }

    deinit { end() }
}
