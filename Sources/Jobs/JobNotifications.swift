import Dispatch
import Locking

/// Tells whoever waits for a job that it has changed, without a thread that waits: a long poll subscribes, arms a timer
/// of its own and answers from whichever comes first. (Server-sent events subscribe again after each change.)
public final class JobNotifications: Sendable {
    /// What a subscription is told of.
    public enum Interest: Sendable {
        /// Any change, progress included.
        case progress
        /// Changes that the store knows of: accepted, leased, saved, ended. A job that is computed makes few of them.
        case state
    }

    /// One wait for one change of one job.
    public struct Subscription: Hashable, Sendable {
        let job: JobID
        let number: UInt64
    }

    private struct State {
        var next: UInt64 = 0
        var waiting: [JobID: [UInt64: Waiting]] = [:]
        var observer: (@Sendable (JobID) -> Void)?

        @discardableResult
        mutating func remove(_ number: UInt64, of job: JobID) -> Waiting? {
            let removed = waiting[job]?.removeValue(forKey: number)
            if waiting[job]?.isEmpty == true { waiting[job] = nil }
            return removed
        }
    }

    private struct Waiting {
        let interest: Interest
        let callback: @Sendable () -> Void
    }

    private let state = Lock(State())
    /// Callbacks run here, so that answering a client takes no time from the worker that made the step.
    private let queue = DispatchQueue(label: "phantom.jobs.notifications")

    public init() {}

    /// - Parameter onChange: called at most once, on a queue of this class's own, at the job's next change; must not
    ///   block for long.
    func subscribe(to job: JobID, _ interest: Interest, onChange: @escaping @Sendable () -> Void) -> Subscription {
        state.withLock { state in
            state.next += 1
            state.waiting[job, default: [:]][state.next] = Waiting(interest: interest, callback: onChange)
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

    /// The store has another state of the job.
    func changed(_ job: JobID) {
        let (callbacks, observer) = state.withLock { ($0.waiting.removeValue(forKey: job), $0.observer) }
        if let callbacks { dispatch(callbacks) }
        observer?(job)
    }

    /// The job has come further: who waits for its end need not look.
    func progressed(_ job: JobID) {
        let (callbacks, observer) = state.withLock { state in
            let woken = state.waiting[job]?.filter { $0.value.interest == .progress } ?? [:]
            for number in woken.keys { state.remove(number, of: job) }
            return (woken, state.observer)
        }
        dispatch(callbacks)
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

    private func dispatch(_ callbacks: [UInt64: Waiting]) {
        for (_, waiting) in callbacks.sorted(by: { $0.key < $1.key }) { queue.async(execute: waiting.callback) }
    }

    private func take(_ subscription: Subscription) -> (@Sendable () -> Void)? {
        state.withLock { state in state.remove(subscription.number, of: subscription.job)?.callback }
    }
}
