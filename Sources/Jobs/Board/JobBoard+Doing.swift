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
    /// - Throws: `notFound`, `gone`, `storeFull`, `storeUnavailable`.
    public func cancel(_ id: JobID, by actor: String = "") throws(JobStoreError) -> Job {
        let usage = live.withLock { $0[id].flatMap { $0.isPart ? nil : $0.usage } }
        guard let meter = configuration.meter else { return try store.cancel(id, usage: usage, by: actor) }
        let hadEnded = try store.job(id).status.isTerminal
        let job = try store.cancel(id, usage: usage, by: actor)
        if !hadEnded, job.status == .cancelled { meter.ended(job, as: .cancelled) }
        return job
    }

    /// - Throws: `notFound`, `gone`, `notTerminal`, `storeUnavailable`.
    public func delete(_ id: JobID, by actor: String = "") throws(JobStoreError) {
        try store.delete(id, by: actor)
        notifications.changed(id)
    }

    /// Keeps a job from the retention policy, or no longer.
    /// - Throws: `notFound`, `gone`, `storeFull`, `storeUnavailable`.
    public func pin(_ id: JobID, _ isPinned: Bool, by actor: String = "") throws(JobStoreError) -> Job {
        _ = try store.pin(id, isPinned, by: actor)
        notifications.changed(id)
        return try job(id)
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
