import Locking

// The pool's side.
extension JobBoard {
    func attach(_ hook: PoolHook?) { self.hook.withLock { $0 = hook } }

    /// Takes note of how the pool runs jobs: estimates follow its rules.
    func note(_ configuration: WorkerPoolConfiguration) {
        rates.note(PoolShape(configuration))
        hasPool.withLock { $0 = true }
    }

    /// How many jobs are run here.
    public var activeCount: Int { live.withLock { $0.count } }

    /// The job has been leased: its progress will be published.
    package func began(_ lease: JobLease) {
        let job = lease.job
        live.withLock {
            $0[job.id] = LiveJob(usage: lease.usage, changes: 0, leased: job.version, isPart: lease.part != nil)
        }
        notifications.changed(job.id)
    }

    /// The store knows that the job is being computed.
    func begun(_ id: JobID) { notifications.changed(id) }

    /// Publishes a running job's progress.
    /// - Parameter revision: grows with the progress: workers publish out of turn, and what is older than what is known
    ///   is dropped, as is what comes after the job's end.
    package func publish(_ id: JobID, _ usage: JobUsage, revision: Int64) {
        let isNew = live.withLock { live in
            guard var known = live[id], revision > known.changes else { return false }
            (known.usage, known.changes) = (usage, min(revision, Int64(UInt32.max)))
            live[id] = known
            return !known.isPart
        }
        if isNew { notifications.progressed(id) }
    }

    /// The job runs no more; the store knows it already.
    func ended(_ id: JobID) {
        live.withLock { _ = $0.removeValue(forKey: id) }
        notifications.changed(id)
    }
}
