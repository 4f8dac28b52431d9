import Dispatch
import Synchronization

/// Does things every so many seconds until it is stopped, or nobody keeps it any more.
final class Recurrence: Sendable {
    private let isStopped = Atomic(false)

    /// - Parameter body: runs on the queue, for the first time when the seconds have passed.
    func every(_ seconds: Int, on queue: DispatchQueue, _ body: @escaping @Sendable () -> Void) {
        queue.asyncAfter(deadline: .now() + .seconds(seconds)) { [weak self] in
            guard let self, !isStopped.load(ordering: .relaxed) else { return }
            body()
            every(seconds, on: queue, body)
        }
    }

    /// Nothing begins after this; what runs now is not waited for.
    func stop() { isStopped.store(true, ordering: .relaxed) }
}
