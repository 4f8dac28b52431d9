import Jobs
import Locking

/// A job store without a database: values under one lock. Several of them may share their contents, as processes share
/// a queue.
final class MemoryJobStore: JobStore {
    /// What stores share.
    final class Contents: Sendable {
        let state = Lock(State())
        fileprivate let observers = StoreObservers()
    }

    private let contents: Contents
    private let clock: @Sendable () -> Timestamp
    private let isClosed = Lock(false)

    init(_ contents: Contents = Contents(), clock: @escaping @Sendable () -> Timestamp = { .now }) {
        (self.contents, self.clock) = (contents, clock)
    }

    var now: Timestamp { clock() }

    /// A transaction: all or nothing. What it says has happened is told when it is over.
    func commit<Value: Sendable>(
        _ body: (inout State, inout [StoreEvent]) throws(JobStoreError) -> Value
    ) throws(JobStoreError) -> Value {
        if isClosed.withLock({ $0 }) { throw .storeUnavailable("closed") }
        var events: [StoreEvent] = []
        let value = try contents.state.withLock { state throws(JobStoreError) -> Value in
            var changed = state
            let value = try body(&changed, &events)
            changed.noteOccurrences()
            state = changed
            return value
        }
        contents.observers.tell(events)
        return value
    }

    func read<Value: Sendable>(
        _ body: (State) throws(JobStoreError) -> Value
    ) throws(JobStoreError) -> Value {
        try commit { state, _ throws(JobStoreError) in try body(state) }
    }

    func checkWritable() throws(JobStoreError) { try commit { _, _ in } }
    func observe(_ body: @escaping @Sendable (StoreEvent) -> Void) -> StoreObservation { contents.observers.add(body) }
    func close() throws(JobStoreError) { isClosed.withLock { $0 = true } }
}
