import Locking

// When jobs will be done, and who computes them.
extension JobBoard {
    /// When all outstanding jobs will be done, from measured speed and the work ahead of each; nil when nothing has
    /// been measured.
    ///
    /// Made at most four times a second, and asked of a store only then: a job that came since the last one is in the
    /// next. What is asked of the estimate it goes through when it is asked, for as many jobs as end before.
    public func estimate() throws(JobStoreError) -> JobEstimate? {
        // Nothing measured: that is known at once, and changes with the first batch.
        guard rates.present != nil else { return nil }
        guard hasPool.withLock({ $0 }) else { return try presentEstimate() }
        let until = ContinuousClock.now + configuration.estimateLifetime
        // Whoever finds it too old makes the next; the others go on with it meanwhile.
        let known = lastEstimate.withLock { known -> KnownEstimate? in
            guard let present = known, present.until <= .now else { return known }
            known?.until = until
            return nil
        }
        if let known { return known.estimate }
        let estimate = try presentEstimate()
        lastEstimate.withLock { $0 = KnownEstimate(estimate: estimate, until: until) }
        return estimate
    }

    /// The queue is read again only when the store has changed.
    private func presentEstimate() throws(JobStoreError) -> JobEstimate? {
        guard let present = try presentQueue() else { return nil }
        // The store knows a running job's calls as of its last save.
        let usages = live.withLock { live in
            present.running.map { live[$0.id].flatMap { $0.isPart ? nil : $0.usage } }
        }
        return JobEstimate(present, usages: usages, rates: rates)
    }

    private func presentQueue() throws(JobStoreError) -> OutstandingQueue? {
        let known = queue.withLock { $0 }, changed = try store.outstandingQueue(since: known?.revision)
        if let changed { queue.withLock { $0 = changed } }
        return changed ?? known
    }

    /// When the job was accepted that has waited longest; nil where none waits.
    /// - Throws: `storeUnavailable`.
    public func oldestWaiting() throws(JobStoreError) -> Timestamp? { try presentQueue()?.oldest?.createdAt }

    /// The processes that share the queue; nil where this one has it alone.
    /// - Throws: `storeUnavailable`.
    public func workers() throws(JobStoreError) -> [WorkerRecord]? { try store.workers() }

    /// Says that this process is there.
    /// - Throws: `storeUnavailable`.
    public func announce(_ worker: WorkerRecord) throws(JobStoreError) { try store.announce(worker) }

    /// Takes note of the processes that share the queue: estimates count on all who compute.
    public func note(_ workers: [WorkerRecord]) { rates.note(workers) }
}
