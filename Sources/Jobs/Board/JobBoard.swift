import Locking

/// The face of the jobs to a service: the store, with what running jobs have done since their last save laid over it,
/// with estimates and with notifications. The worker pool takes its jobs from here.
public final class JobBoard: Sendable {
    public struct Configuration: Sendable {
        /// How many jobs may be queued; running ones do not count.
        public var queueLimit: Int
        /// Is told what jobs do; nil: nobody counts.
        public var meter: (any JobMeter)?
        /// How long an estimate serves, once a pool moves the jobs: whatever the store does meanwhile, none is made.
        public var estimateLifetime = Duration.milliseconds(250)

        public init(queueLimit: Int = 256, meter: (any JobMeter)? = nil) {
            self.queueLimit = queueLimit
            self.meter = meter
        }
    }

    /// What the pool wants to hear.
    struct PoolHook: Sendable {
        let jobArrived: @Sendable () -> Void
        let jobCancelled: @Sendable (JobID) -> Void
    }

    struct KnownEstimate {
        let estimate: JobEstimate?
        var until: ContinuousClock.Instant
    }

    public let configuration: Configuration
    /// For the pool alone: all others ask the board.
    let store: any JobStore
    public let notifications = JobNotifications()
    public let rates = WorkRates()
    /// What is run here, beyond what the store knows.
    let live = Lock<[JobID: LiveJob]>([:])
    let hook = Lock<PoolHook?>(nil)
    let queue = Lock<OutstandingQueue?>(nil)
    /// The latest one, for whoever asks within a moment: a thousand may look at once.
    let lastEstimate = Lock<KnownEstimate?>(nil)
    /// Without a pool nothing changes but by who asks here, who is told of it at once.
    let hasPool = Lock(false)
    private let observation = Lock<StoreObservation?>(nil)

    /// - Throws: what reading the store throws.
    public init(store: any JobStore, configuration: Configuration = Configuration()) throws(JobStoreError) {
        self.store = store
        self.configuration = configuration
        rates.seed(try store.measuredRates())
        observation.withLock { $0 = store.observe { [weak self] event in self?.heard(event) } }
    }

    private func heard(_ event: StoreEvent) {
        switch event {
        case .arrived(let id):
            hook.withLock { $0 }?.jobArrived()
            notifications.changed(id)
        case .cancelled(let id):
            hook.withLock { $0 }?.jobCancelled(id)
            ended(id)
        case .ended(let id), .changed(let id):
            // Of a job that is run here the pool tells, once it has put it away.
            if live.withLock({ $0[id]?.isPart ?? true }) { notifications.changed(id) }
        }
    }
}
