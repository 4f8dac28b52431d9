import Logging

/// The pool's writing thread: everything that is stored of jobs is stored here, one thing after the other, however long
/// the store takes. That their leases stand meanwhile is `LeaseKeeper`'s.
struct Clerk<Engine: TrajectoryEngine> {
    let pool: WorkerPool<Engine>
    var logger: Logger { pool.logger }
    var store: any JobStore { pool.board.store }
    var now: ContinuousClock.Instant { pool.now }
    var meter: (any JobMeter)? { pool.board.configuration.meter }

    /// While the store does not work nothing is tried until then; nil when it works.
    private var blockedUntil: ContinuousClock.Instant?
    private var backOff = Duration.zero
    var nextSave: ContinuousClock.Instant
    var nextSweep: ContinuousClock.Instant

    init(pool: WorkerPool<Engine>) {
        self.pool = pool
        (nextSave, nextSweep) = (pool.now, pool.now)
    }

    mutating func run() {
        while true {
            if let deadline = pool.state.withLock({ $0.concludeBy }) {
                conclude(by: deadline)
                return
            }
            if blockedUntil.map({ $0 <= now }) ?? true {
                blockedUntil = nil
                work()
            }
            pool.clerkSignal.wait(atMost: wakeTime.map { now.duration(to: $0) })
        }
    }

    private mutating func work() {
        do throws(JobStoreError) {
            try writeBeginnings()
            try writeEndings()
            let isUrgent = pool.state.withLock { $0.wantsSave }
            if isUrgent || nextSave <= now { try save() }
            // Last, since all of the above may make room.
            while try lease() { try writeEndings() }
            try sweep()
            backOff = .zero
        } catch {
            // Finished images stay in memory, jobs stay leased. The wait stays well below the 5 s within which the
            // service promises to go on once there is space again.
            backOff = min(.seconds(1), max(.milliseconds(125), backOff * 2))
            blockedUntil = now + backOff
            logger.error("the job store does not take writes; trying again", metadata: ["error": "\(error)"])
        }
    }

    /// nil: there is nothing to do until it is woken.
    private var wakeTime: ContinuousClock.Instant? {
        if let blockedUntil { return blockedUntil }
        let isActive = pool.state.withLock { !$0.schedule.jobs.isEmpty }
        let times = [isActive ? nextSave : nil, pool.configuration.retention.map { _ in nextSweep }]
        return times.compactMap(\.self).min()
    }

    private func writeBeginnings() throws(JobStoreError) {
        let leases = pool.state.withLock { $0.beginnings }
        guard !leases.isEmpty else { return }
        try store.begin(leases)
        pool.state.withLock { $0.noteBegun(leases) }
        for lease in leases {
            pool.board.begun(lease.job.id)
            meterBeginning(of: lease.job)
        }
    }

    private func meterBeginning(of job: Job) {
        guard job.startedAt == nil else { return }
        meter?.began(job, afterMilliseconds: Timestamp.now.milliseconds - job.createdAt.milliseconds)
    }

    // MARK: Ends

    private mutating func writeEndings() throws(JobStoreError) {
        while let (lease, outcome) = pool.state.withLock({ $0.endings.first }) {
            let job = pool.state.withLock { $0.schedule.jobs[lease.job.id] }
            // Over before the store was told that it has begun.
            let isUntold = pool.state.withLock { state in
                state.beginnings.contains { $0.token == lease.token }
            }
            if isUntold { meterBeginning(of: lease.job) }
            do throws(JobStoreError) {
                switch outcome {
                case .succeeded:
                    // Cancelled between the two looks: nothing is left to write.
                    guard let job else { continue }
                    let checkpoint = JobCheckpoint(lease: lease, usage: job.usage, finished: job.unsavedOutputs)
                    if try store.finishPart(checkpoint) { meter?.ended(lease.job, as: .succeeded) }
                case .failed(let problem):
                    try store.fail(lease, problem: problem, usage: job?.usage ?? lease.job.usage)
                    meter?.ended(lease.job, as: .failed)
                }
            } catch {
                if error.isPassing { throw error }
                logger.error("a job's end was refused", metadata: ["job": "\(lease.job.id)", "error": "\(error)"])
                if case .incomplete = error {
                    let problem = pool.engine.problem(for: WorkerPoolError.unstorable(error), job: lease.job)
                    pool.state.withLock { $0.endOtherwise(lease, problem: problem) }
                    continue
                }
            }
            pool.state.withLock { $0.drop(lease.job.id) }
            pool.board.ended(lease.job.id)
        }
    }

    // MARK: Going

    /// Writes ends and progress, gives the leases back; tries again until the deadline if the store does not work.
    private mutating func conclude(by deadline: ContinuousClock.Instant) {
        while true {
            do throws(JobStoreError) {
                try writeBeginnings()
                try writeEndings()
                try save()
                let leases = pool.state.withLock { state in state.schedule.jobs.values.map(\.lease) }
                try store.release(leases)
                pool.state.withLock { state in
                    for lease in leases { state.drop(lease.job.id) }
                    state.phase = .concluded(isComplete: true)
                }
                for lease in leases { pool.board.ended(lease.job.id) }
                return
            } catch {
                guard now + .milliseconds(100) < deadline else {
                    logger.error("progress could not be saved before the stop", metadata: ["error": "\(error)"])
                    pool.state.withLock { $0.phase = .concluded(isComplete: false) }
                    return
                }
                pool.clerkSignal.wait(atMost: .milliseconds(100))
            }
        }
    }
}
