import Jobs

// What happens to a job between its lease and its end.
extension MemoryJobStore {
    /// Changes the jobs whose leases stand.
    /// - Returns: the others.
    @discardableResult
    private func update(
        _ leases: [JobLease], _ change: (inout Entry, _ place: Int, inout [StoreEvent]) -> Void
    ) throws(JobStoreError) -> [JobID] {
        try commit { state, events in
            leases.enumerated().compactMap { place, lease in
                guard let index = try? state.index(lease) else { return lease.job.id }
                change(&state.entries[index], place, &events)
                return nil
            }
        }
    }

    func begin(_ leases: [JobLease]) throws(JobStoreError) {
        try update(leases) { entry, _, _ in
            guard !entry.hasBegun else { return }
            entry.hasBegun = true
            entry.job.begin(at: now)
            entry.change()
        }
    }

    func renew(_ leases: [JobLease]) throws(JobStoreError) -> [JobID] {
        try update(leases) { entry, _, _ in entry.renew(at: now) }
    }

    func save(_ checkpoints: [JobCheckpoint]) throws(JobStoreError) -> [JobID] {
        try update(checkpoints.map(\.lease)) { entry, place, _ in
            entry.renew(at: now)
            entry.apply(checkpoints[place].usage)
            entry.saved.merge(checkpoints[place].trajectories) { _, new in new }
            entry.take(checkpoints[place].finished)
        }
    }

    func release(_ leases: [JobLease]) throws(JobStoreError) {
        try update(leases) { entry, _, events in
            entry.job.attempt = Int(JobRules.attempts(afterRelease: Int64(entry.job.attempt)))
            entry.fruitless = JobRules.attempts(afterRelease: entry.fruitless)
            entry.change(.queued)
            events.append(.arrived(entry.job.id))
        }
    }
}
