import Dispatch
import Locking

/// Tells whoever waits for a job that it has changed, without a thread that waits: a long poll subscribes, arms a timer
/// of its own and answers from whichever comes first. (Server-sent events subscribe again after each change.)
public final class JobNotifications: Sendable {
    /// One wait for one change of one job.
    public struct Subscription: Hashable, Sendable {
        let job: JobID
        let number: UInt64
    }

    private struct State {
        var next: UInt64 = 0
        var waiting: [JobID: [UInt64: @Sendable () -> Void]] = [:]
        var observer: (@Sendable (JobID) -> Void)?
    }

    private let state = Lock(State())
    /// Callbacks run here, so that answering a client takes no time from the worker that made the step.
    private let queue = DispatchQueue(label: "phantom.jobs.notifications")

    public init() {}

    /// - Parameter onChange: called at most once, on a queue of this class's own, at the job's next change; must not
    ///   block for long.
    func subscribe(to job: JobID, onChange: @escaping @Sendable () -> Void) -> Subscription {
        state.withLock { state in
            state.next += 1
            state.waiting[job, default: [:]][state.next] = onChange
            return Subscription(job: job, number: state.next)
        }
    }

    /// Ends a subscription. Its callback may still be on its way when this returns; calling this twice does no harm.
    public func cancel(_ subscription: Subscription) {
        _ = take(subscription)
    }

    func fire(_ subscription: Subscription) {
        if let callback = take(subscription) { queue.async(execute: callback) }
    }

    func changed(_ job: JobID) {
        let (callbacks, observer) = state.withLock { ($0.waiting.removeValue(forKey: job), $0.observer) }
        if let callbacks { dispatch(callbacks) }
        observer?(job)
    }

    /// Tells `body` of every change of any job, until nil is set: for the one who passes them on to many. It is called
    /// on the threads that make the changes, workers' among them, so it must only take note.
    public func observe(_ body: (@Sendable (JobID) -> Void)?) { state.withLock { $0.observer = body } }

    /// Fires every subscription: for a service that is about to stop.
    public func wakeAll() {
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            return state.waiting
        }
        for callbacks in waiting.values { dispatch(callbacks) }
    }

    /// How many subscriptions wait now.
    public var count: Int {
        state.withLock { state in state.waiting.values.reduce(0) { $0 + $1.count } }
    }

    private func dispatch(_ callbacks: [UInt64: @Sendable () -> Void]) {
        for (_, callback) in callbacks.sorted(by: { $0.key < $1.key }) { queue.async(execute: callback) }
    }

    private func take(_ subscription: Subscription) -> (@Sendable () -> Void)? {
        state.withLock { state in
            let callback = state.waiting[subscription.job]?.removeValue(forKey: subscription.number)
            if state.waiting[subscription.job]?.isEmpty == true { state.waiting[subscription.job] = nil }
            return callback
        }
    }
}
