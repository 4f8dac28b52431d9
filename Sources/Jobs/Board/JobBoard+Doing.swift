import Locking

// What is done with jobs.
extension JobBoard {
    /// Accepts a job: it is on disk when this returns.
    /// - Throws: `queueFull`, `overQuota`, `idempotencyConflict`, `storeFull`, `storeUnavailable`.
    public func submit(_ job: NewJob) throws(JobStoreError) -> Submission {
        let submission = try store.insert(job, queueLimit: configuration.queueLimit)
        if submission.isNew { configuration.meter?.accepted(submission.job) }
        return submission
    }

    /// Cancels a queued or running job: it is `cancelled` when this returns, and what still computes for it stops at
    /// its next step. A job that has ended is returned as it is.
    /// - Parameter condition: what the job has to be so that it is cancelled.
    /// - Throws: `notFound`, `gone`, `changed`, `storeFull`, `storeUnavailable`.
    public func cancel(
        _ id: JobID, by actor: String = "", where condition: ((Job) -> Bool)? = nil
    ) throws(JobStoreError) -> Job {
        try change(id, where: condition) { (stored) throws(JobStoreError) in
            let usage = live.withLock { $0[id].flatMap { $0.isPart ? nil : $0.usage } }
            guard let meter = configuration.meter else {
                return try store.cancel(id, usage: usage, by: actor, ifStored: stored)
            }
            let hadEnded = try store.job(id).status.isTerminal
            let job = try store.cancel(id, usage: usage, by: actor, ifStored: stored)
            if !hadEnded, job.status == .cancelled { meter.ended(job, as: .cancelled) }
            return job
        }
    }

    /// - Parameter condition: what the job has to be so that it is removed.
    /// - Throws: `notFound`, `gone`, `notTerminal`, `changed`, `storeUnavailable`.
    public func delete(
        _ id: JobID, by actor: String = "", where condition: ((Job) -> Bool)? = nil
    ) throws(JobStoreError) {
        try change(id, where: condition) { (stored) throws(JobStoreError) in
            try store.delete(id, by: actor, ifStored: stored)
        }
        notifications.changed(id)
    }

    /// Keeps a job from the retention policy, or no longer.
    /// - Parameter condition: what the job has to be so that this is done.
    /// - Throws: `notFound`, `gone`, `changed`, `storeFull`, `storeUnavailable`.
    public func pin(
        _ id: JobID, _ isPinned: Bool, by actor: String = "", where condition: ((Job) -> Bool)? = nil
    ) throws(JobStoreError) -> Job {
        _ = try change(id, where: condition) { (stored) throws(JobStoreError) in
            try store.pin(id, isPinned, by: actor, ifStored: stored)
        }
        notifications.changed(id)
        return try job(id)
    }

    /// Changes a job of which the condition holds. That is found out here, since the store knows neither the progress
    /// nor the tags by which a job is known outside; the store sees to it that nothing has been written in between.
    /// - Parameter act: given the `JobVersion.stored` that the job has to have.
    /// - Throws: `changed` for a job of which the condition does not hold; what `act` throws.
    private func change<Value>(
        _ id: JobID, where condition: ((Job) -> Bool)?, _ act: (Int64?) throws(JobStoreError) -> Value
    ) throws(JobStoreError) -> Value {
        guard let condition else { return try act(nil) }
        while true {
            let (job, stored) = try look(id)
            guard condition(job) else { throw .changed(id, status: job.status) }
            do throws(JobStoreError) {
                return try act(stored.stored)
            } catch {
                // It may be such a job still: a save of a running one changes nothing for those who look here.
                guard case .changed = error else { throw error }
            }
        }
    }

    /// Closes the store: every later call throws `storeUnavailable`.
    /// - Throws: `storeUnavailable` when not everything could be written.
    public func close() throws(JobStoreError) { try store.close() }

    /// Calls `onChange` once, when the job's version is, or becomes, another than `version`; at once for a job that has
    /// ended, since it does not change any more. Any thread; see `JobNotifications`.
    /// - Parameter interest: of `state`, progress alone does not call it.
    /// - Throws: `notFound`, `gone`, `storeUnavailable`; `onChange` is not called then.
    public func subscribe(
        to id: JobID, after version: JobVersion, _ interest: JobNotifications.Interest = .progress,
        onChange: @escaping @Sendable () -> Void
    ) throws(JobStoreError) -> JobNotifications.Subscription {
        // Subscribed first, looked at second: a change in between is not missed.
        let subscription = notifications.subscribe(to: id, interest, onChange: onChange)
        do throws(JobStoreError) {
            let now = try job(id)
            if now.version != version || now.status.isTerminal { notifications.fire(subscription) }
            return subscription
        } catch {
            notifications.cancel(subscription)
            throw error
        }
    }
}
