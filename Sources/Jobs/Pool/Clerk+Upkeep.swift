// What the clerk does every so often.
extension Clerk {
    mutating func save() throws(JobStoreError) {
        let start = now
        nextSave = start + pool.configuration.saveInterval
        var snapshots = pool.state.withLock { state in
            state.wantsSave = false
            return state.schedule.jobs.values.filter { !$0.isEnding }.map(\.snapshot).filter { !$0.isEmpty }
        }
        var checkpoints: [JobCheckpoint] = []
        snapshots.removeAll { snapshot in
            do {
                checkpoints.append(try snapshot.checkpoint())
                return false
            } catch {
                // Not the job's end: it goes on, and would begin again from its last save.
                logger.error(
                    "progress cannot be saved", metadata: ["job": "\(snapshot.lease.job.id)", "error": "\(error)"])
                return true
            }
        }
        guard !checkpoints.isEmpty else { return }
        let lost = try store.save(checkpoints)
        let changed = pool.state.withLock { state in
            let changed = snapshots.compactMap { snapshot in
                state.schedule.update(snapshot.lease) { job in
                    job.markSaved(snapshot)
                    return snapshot.finished.isEmpty ? nil : (job.id, job.usage, job.revision)
                }
            }
            for id in lost { state.drop(id) }
            return changed.compactMap(\.self)
        }
        for (id, usage, revision) in changed { pool.board.publish(id, usage, revision: revision) }
        for id in lost { pool.board.ended(id) }
        logger.debug("progress is saved", metadata: ["jobs": "\(checkpoints.count)"])
        let end = now, share = pool.configuration.savingShare
        meter?.saved(in: start.duration(to: end))
        nextSave = end + max(pool.configuration.saveInterval, start.duration(to: end) * (1 / share - 1))
    }

    /// Renews the leases of all jobs that are held, also of those that have nothing to save for long: a step may take
    /// minutes.
    mutating func renew() throws(JobStoreError) {
        let start = now
        guard nextRenewal <= start else { return }
        let leases = pool.state.withLock { state in state.schedule.jobs.values.map(\.lease) }
        let lost = leases.isEmpty ? [] : try store.renew(leases)
        // From before the call: the store counts a lease's time from when it is in it.
        nextRenewal = start + pool.configuration.renewalInterval
        pool.state.withLock { state in
            for id in lost { state.drop(id) }
        }
        for id in lost { pool.board.ended(id) }
    }

    /// Takes back the jobs whose lease has ended. Those held here are renewed before: if this thread could not do so in
    /// time, because the disk or the machine slept, they are no dead process's.
    mutating func recover() throws(JobStoreError) {
        let start = now
        guard nextRecovery <= start else { return }
        // Where this is done every second or two, they are renewed often enough by themselves.
        if pool.configuration.recoveryInterval > pool.configuration.renewalInterval { nextRenewal = start }
        try renew()
        let recovered = try store.recover()
        nextRecovery = start + pool.configuration.recoveryInterval
        if !recovered.isEmpty {
            logger.notice("jobs whose lease has ended return to the queue", metadata: ["count": "\(recovered.count)"])
        }
    }

    mutating func sweep() throws(JobStoreError) {
        guard let retention = pool.configuration.retention, nextSweep <= now else { return }
        nextSweep = now + .seconds(60)
        let removed = try store.sweep(retention)
        if removed > 0 { logger.notice("expired jobs were removed", metadata: ["count": "\(removed)"]) }
    }
}
