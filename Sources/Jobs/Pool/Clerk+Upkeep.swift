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

    mutating func sweep() throws(JobStoreError) {
        guard let retention = pool.configuration.retention, nextSweep <= now else { return }
        nextSweep = now + .seconds(60)
        let removed = try store.sweep(retention)
        if removed > 0 { logger.notice("expired jobs were removed", metadata: ["count": "\(removed)"]) }
    }
}
