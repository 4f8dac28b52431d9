import Logging

/// The pool's thread for leases: renews those of all jobs that are held, and takes back those of processes that have
/// died. It waits for nobody else: while the clerk waits for a place that takes no images, however long, nobody else
/// takes the jobs whose images these are.
struct LeaseKeeper<Engine: TrajectoryEngine> {
    let pool: WorkerPool<Engine>
    private var nextRenewal: ContinuousClock.Instant
    private var nextRecovery: ContinuousClock.Instant
    /// Whether the last attempt was one that did not succeed.
    private var isFailing = false

    init(pool: WorkerPool<Engine>) {
        self.pool = pool
        let now = pool.now
        nextRenewal = now + pool.configuration.renewalInterval
        // The pool's start has just done so.
        nextRecovery = now + pool.configuration.recoveryInterval
    }

    /// Goes on until the clerk has gone.
    mutating func run() {
        while !pool.state.withLock({ $0.isConcluded }) {
            do throws(JobStoreError) {
                try keep()
                if isFailing { pool.logger.notice("leases are renewed again") }
                isFailing = false
            } catch {
                if !isFailing {
                    pool.logger.error("leases cannot be renewed; trying again", metadata: ["error": "\(error)"])
                }
                isFailing = true
            }
            let wait = isFailing ? .seconds(1) : pool.now.duration(to: min(nextRenewal, nextRecovery))
            pool.leaseSignal.wait(atMost: wait)
        }
    }

    private mutating func keep() throws(JobStoreError) {
        let start = pool.now, configuration = pool.configuration
        let isRecovery = nextRecovery <= start
        // Before anything is taken back: if the last renewal is long ago, because the machine slept, what is held here
        // is no dead process's. Where the others are looked after every second or two, it is never long ago.
        let isBefore = isRecovery && configuration.recoveryInterval > configuration.renewalInterval
        if nextRenewal <= start || isBefore {
            try renew()
            // From before the call: the store counts a lease's time from when it is in it.
            nextRenewal = start + configuration.renewalInterval
        }
        guard isRecovery else { return }
        let recovered = try pool.board.store.recover()
        nextRecovery = start + configuration.recoveryInterval
        if !recovered.isEmpty {
            pool.logger.notice(
                "jobs whose lease has ended return to the queue", metadata: ["count": "\(recovered.count)"])
        }
    }

    /// Also of jobs that have nothing to save for long, since a step may take minutes, and of those that have ended and
    /// cannot be written down.
    private func renew() throws(JobStoreError) {
        let leases = pool.state.withLock { $0.leases }
        let lost = Set(try pool.board.store.renew(leases))
        let dropped = pool.state.withLock { state in
            state.dropLost(leases.filter { lost.contains($0.job.id) })
        }
        for id in dropped { pool.board.ended(id) }
    }
}

extension PoolState {
    /// Whether the clerk has gone.
    var isConcluded: Bool { if case .concluded = phase { true } else { false } }

    /// What this process has the right to: the jobs that are run, and those that were refused and whose end is still to
    /// be written.
    var leases: [JobLease] {
        let held = schedule.jobs.values.map(\.lease), tokens = Set(held.map(\.token))
        return held + endings.map(\.lease).filter { !tokens.contains($0.token) }
    }

    /// Drops the jobs that are still held under these leases, which are gone. One whose end is on its way into the
    /// store is left to it: it may be that very end by which the lease has gone.
    /// - Returns: those that were dropped.
    mutating func dropLost(_ leases: [JobLease]) -> [JobID] {
        let lost = leases.filter { schedule.wants($0) }.map(\.job.id)
        for id in lost { drop(id) }
        return lost
    }
}
