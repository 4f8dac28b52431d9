import Jobs

// How jobs end.
extension MemoryJobStore {
    func finish(_ checkpoint: JobCheckpoint) throws(JobStoreError) {
        try commit { state, events throws(JobStoreError) in
            let index = try state.index(checkpoint.lease), job = checkpoint.lease.job
            var entry = state.entries[index]
            entry.apply(checkpoint.usage)
            entry.take(checkpoint.finished)
            try JobRules.checkComplete(entry.images.map(\.index), of: job.id, expected: job.progress.images)
            entry.job.apply(checkpoint.usage.completed(job.progress))
            entry.job.begin(at: now)
            entry.end(.succeeded, at: now)
            state.entries[index] = entry
            state.record(.succeeded(entry.images), index, at: now)
            events.append(.ended(job.id))
        }
    }

    func fail(_ lease: JobLease, problem: [UInt8], usage: JobUsage) throws(JobStoreError) {
        try commit { state, events throws(JobStoreError) in
            let index = try state.index(lease)
            state.entries[index].apply(usage)
            state.entries[index].job.error = problem
            state.entries[index].end(.failed, at: now)
            state.record(.failed, index, at: now)
            events.append(.ended(lease.job.id))
        }
    }

    func cancel(
        _ id: JobID, usage: JobUsage?, by actor: String, ifStored stored: Int64?
    ) throws(JobStoreError) -> Job {
        try commit { state, events throws(JobStoreError) in
            let index = try state.index(id), entry = state.entries[index]
            guard !entry.job.status.isTerminal else { return state.job(index) }
            try JobRules.check(state.job(index), isStillAt: stored)
            if JobRules.givesTurnBack(entry.job) { state.giveBack(index) }
            if let usage, entry.lease != nil { state.entries[index].apply(usage) }
            state.entries[index].end(.cancelled, at: now)
            state.record(.cancelled(by: actor), index, at: now)
            events.append(.cancelled(id))
            return state.job(index)
        }
    }
}
