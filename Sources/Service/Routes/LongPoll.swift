import Dispatch
import Jobs
import Locking

/// Waits for a job to come to a state, without a thread that waits: the board's notifications and one timer wake it.
final class LongPoll: Sendable {
    /// What is waited for, and how long.
    struct Wait: Sendable {
        let job: JobID
        /// The state to wait beyond.
        let version: JobVersion
        let seconds: Int
        let until: Until

        /// Which state ends a wait.
        enum Until: Sendable {
            /// Any other, if only in its progress.
            case change
            case end
        }

        func isOver(with job: Job) -> Bool {
            switch until {
            case .change: job.version != version
            case .end: job.status.isTerminal
            }
        }
    }

    private enum Phase {
        case waiting(JobNotifications.Subscription?)
        case over
    }

    private let board: JobBoard
    private let wait: Wait
    /// Where the job is looked up, and where `answer` is called.
    private let queue: DispatchQueue
    private let isStopping: @Sendable () -> Bool
    private let answer: @Sendable (Result<Job, JobStoreError>) -> Void
    private let phase = Lock(Phase.waiting(nil))

    /// - Parameter answer: called once, on `queue`: with the first state that is enough, with the present one when the
    ///   time is up, the client has closed its side or the service stops, or with the error of looking.
    init(
        _ wait: Wait, board: JobBoard, queue: DispatchQueue, isStopping: @escaping @Sendable () -> Bool,
        answer: @escaping @Sendable (Result<Job, JobStoreError>) -> Void
    ) {
        self.wait = wait
        self.board = board
        self.queue = queue
        self.isStopping = isStopping
        self.answer = answer
    }

    func begin() {
        // The subscription keeps this object; a wait that has ended is let go before its timer.
        queue.asyncAfter(deadline: .now() + .seconds(wait.seconds)) { [weak self] in self?.look(isLast: true) }
        arm(after: wait.version)
    }

    /// The client has closed its side: it may be gone, or have said all it had to say and still read (a half-closed
    /// connection, RFC 9293 section 3.6). It gets the present state; a job that was accepted must not look refused.
    func hurry() {
        queue.async { [self] in look(isLast: true) }
    }

    private func arm(after version: JobVersion) {
        do throws(JobStoreError) {
            let interest: JobNotifications.Interest = wait.until == .end ? .state : .progress
            let subscription = try board.subscribe(to: wait.job, after: version, interest) { [self] in
                queue.async { [self] in look(isLast: false) }
            }
            let isOver = phase.withLock { phase in
                if case .over = phase { return true }
                phase = .waiting(subscription)
                return false
            }
            // A service that began to stop meanwhile has woken everybody before this subscription was there.
            if isOver { board.notifications.cancel(subscription) } else if isStopping() { look(isLast: true) }
        } catch {
            finish(.failure(error))
        }
    }

    private func look(isLast: Bool) {
        if phase.withLock({ if case .over = $0 { true } else { false } }) { return }
        do throws(JobStoreError) {
            let job = try board.job(wait.job)
            let isOver = isLast || isStopping() || wait.isOver(with: job)
            if isOver { finish(.success(job)) } else { arm(after: job.version) }
        } catch {
            finish(.failure(error))
        }
    }

    private func finish(_ result: Result<Job, JobStoreError>) {
        if end() { answer(result) }
    }

    /// True for the one call that ends the wait.
    private func end() -> Bool {
        let ended: (isFirst: Bool, subscription: JobNotifications.Subscription?) = phase.withLock { phase in
            guard case .waiting(let subscription) = phase else { return (false, nil) }
            phase = .over
            return (true, subscription)
        }
        if let subscription = ended.subscription { board.notifications.cancel(subscription) }
        return ended.isFirst
    }
}
