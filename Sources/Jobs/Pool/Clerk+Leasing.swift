// How jobs get their places in the pool.
extension Clerk {
    /// - Returns: whether there was something to lease.
    mutating func lease() throws(JobStoreError) -> Bool {
        guard pool.state.withLock({ $0.wantsLease && $0.phase == .running }) else { return false }
        var found = try take { places, jobs, configuration in
            let small = jobs.count { !$0.isLarge }
            places.small = max(0, configuration.activeJobs - small)
            places.large = max(0, configuration.activeLargeJobs - (jobs.count - small))
        }
        // Where all places are taken, one more for each owner who has none of them: a name does not wait for the end of
        // another's job to have its first one begun. Of such places there are as many as of the others.
        while try take({ places, jobs, configuration in
            let small = jobs.filter { !$0.isLarge }
            guard (configuration.activeJobs..<2 * configuration.activeJobs).contains(small.count) else { return }
            (places.small, places.without) = (1, Set(small.map(\.lease.job.owner)))
        }) { found = true }
        return found
    }

    /// Leases what there is for the places that `choose` gives, looking at the jobs that are run.
    /// - Returns: whether there was something.
    private mutating func take(
        _ choose: (inout LeasePlaces, [ActiveJob<Engine>], WorkerPoolConfiguration) -> Void
    ) throws(JobStoreError) -> Bool {
        let places = pool.state.withLock { state in
            var places = LeasePlaces(small: 0, large: 0, models: pool.configuration.models)
            (places.weights, places.arithmetic) = (pool.configuration.weights, pool.configuration.arithmetic)
            places.rowsTogether = pool.configuration.rowsTogether
            choose(&places, Array(state.schedule.jobs.values), pool.configuration)
            if !places.isEmpty { state.beginLeasing(isForAll: places.without.isEmpty) }
            return places
        }
        guard !places.isEmpty else { return false }
        let leases: [JobLease]
        do throws(JobStoreError) {
            leases = try store.lease(places)
        } catch {
            pool.state.withLock { state in
                _ = state.endLeasing()
                state.wantsLease = true
            }
            throw error
        }
        activate(leases)
        return !leases.isEmpty
    }

    private mutating func activate(_ leases: [JobLease]) {
        let activations = leases.map(activation)
        for lease in leases { pool.board.began(lease) }
        let (wasIdle, cancelled) = pool.state.withLock { state in
            let wasIdle = state.schedule.jobs.isEmpty
            let cancelled = state.endLeasing()
            for (lease, activation) in zip(leases, activations) where !cancelled.contains(lease.job.id) {
                // What was left of an earlier lease, which had ended, and whose job has come back here.
                state.forget(lease.job.id)
                switch activation {
                case .success(let job):
                    state.schedule.add(job)
                    if job.areAllFinished { state.end(lease, .succeeded) }
                case .failure(let refusal):
                    state.refuse(lease, problem: refusal.problem)
                }
            }
            return (wasIdle, cancelled)
        }
        for id in cancelled { pool.board.ended(id) }
        if wasIdle { nextSave = now + pool.configuration.saveInterval }
        pool.wakeWorkers()
    }

    private struct Refusal: Error {
        let problem: [UInt8]
    }

    private func activation(_ lease: JobLease) -> Result<ActiveJob<Engine>, Refusal> {
        do {
            let earlier = lease.fruitlessAttempts - 1
            guard earlier < pool.configuration.maximumAttempts else {
                throw WorkerPoolError.attemptsExhausted(attempts: earlier)
            }
            let images = lease.job.progress.images
            let most = JobRules.mostImages
            guard images <= most else { throw WorkerPoolError.tooManyImages(images, most: most) }
            let plan = try pool.engine.plan(lease)
            // The plan has taken from these what it needs; they need not stay in memory with the lease.
            var lease = lease
            (lease.run, lease.inputs) = (nil, [])
            return .success(ActiveJob(lease: lease, plan: plan))
        } catch {
            logger.error("a job cannot be run", metadata: ["job": "\(lease.job.id)", "error": "\(error)"])
            return .failure(Refusal(problem: pool.engine.problem(for: error, job: lease.job)))
        }
    }
}
