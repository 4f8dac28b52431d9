import Jobs

// Into the queue and out of it.
extension MemoryJobStore {
    func insert(_ new: NewJob, queueLimit: Int) throws(JobStoreError) -> Submission {
        try commit { state, events throws(JobStoreError) in
            if let known = try state.known(new) { return Submission(job: state.job(known), isNew: false) }
            let waiting = state.entries.filter { $0.status == .queued }
            try JobRules.admit(queued: waiting.count, limit: queueLimit)
            var generator = SystemRandomNumberGenerator()
            let job = Job(new, id: JobID(at: now, using: &generator), at: now)
            var account = state.accounts[new.owner] ?? OwnerAccount()
            let standings = try account.charge(
                new.work, new.quota, of: new.owner, queued: waiting.count { $0.job.owner == new.owner }, at: now)
            let turn = account.takeTurn(for: new.work, state.present(new))
            state.accounts[new.owner] = account
            state.ordinal += 1
            state.entries.append(Entry(ordinal: state.ordinal, job: job, new: new, turn: turn))
            state.record(.init(accepted: job.id, new), at: now)
            events.append(.arrived(job.id))
            return Submission(job: state.job(state.entries.count - 1), isNew: true, standings: standings)
        }
    }

    func recover() throws(JobStoreError) -> [JobID] {
        try commit { state, events in
            let over = state.entries.indices.filter { state.entries[$0].lease.map { $0.end <= now } ?? false }
            for index in over { state.entries[index].change(.queued) }
            let ids = over.map { state.entries[$0].job.id }
            events = ids.map { .arrived($0) }
            return ids
        }
    }

    func lease(_ places: LeasePlaces) throws(JobStoreError) -> [JobLease] {
        try commit { state, _ in
            var left = [false: places.small, true: places.large]
            return state.inTurn.compactMap { index in
                let entry = state.entries[index]
                guard entry.job.status == .queued, places.models?.contains(entry.job.model.name) ?? true,
                    !places.without.contains(entry.job.owner), left[entry.isLarge, default: 0] > 0
                else { return nil }
                left[entry.isLarge, default: 0] -= 1
                return state.start(index, at: now)
            }
        }
    }
}

extension MemoryJobStore.State {
    /// The job that the same request made earlier.
    fileprivate func known(_ new: NewJob) throws(JobStoreError) -> Int? {
        guard let key = new.idempotency else { return nil }
        for (index, entry) in entries.enumerated() {
            guard let other = entry.new.idempotency, other.scope == key.scope, other.key == key.key else { continue }
            try JobRules.check(key, against: other.digest, of: entry.job.id)
            return index
        }
        return nil
    }

    fileprivate mutating func start(_ index: Int, at now: Timestamp) -> JobLease {
        var entry = entries[index]
        let token = "\(now.milliseconds) \(UInt64.random(in: 0...(.max)))", end = JobRules.leaseEnd(from: now)
        entry.change(.running)
        entry.lease = (token, end)
        entry.job.attempt = Int(JobRules.attempts(afterStart: Int64(entry.job.attempt)))
        entry.fruitless = JobRules.attempts(afterStart: entry.fruitless)
        entry.job.resumedFromStep = JobRules.resumedFromStep(
            saved: entry.saved.values.map(\.step), finished: entry.finished.count, steps: entry.new.work.steps,
            images: entry.new.work.images)
        entries[index] = entry
        var lease = JobLease(token: token, expiresAt: end, job: job(index))
        (lease.run, lease.inputs) = (entry.new.run, entry.new.inputs.sorted { $0.name < $1.name })
        (lease.unitsPerCall, lease.fruitlessAttempts) = (entry.unitsPerCall, Int(entry.fruitless))
        (lease.saved, lease.finished) = (entry.saved, entry.finished.mapValues(\.calls))
        return lease
    }
}
