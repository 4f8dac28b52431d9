import Logging

/// The pool's writing thread: everything that waits for the store happens here, one thing after the other.
struct Clerk<Engine: TrajectoryEngine> {
    private let pool: WorkerPool<Engine>
    private var logger: Logger { pool.logger }
    private var store: any JobStore { pool.board.store }

    /// While the store does not work nothing is tried until then; nil when it works.
    private var blockedUntil: ContinuousClock.Instant?
    private var backOff = Duration.zero
    private var nextSave = ContinuousClock.Instant.now
    private var nextSweep = ContinuousClock.Instant.now

    init(pool: WorkerPool<Engine>) {
        self.pool = pool
    }

    mutating func run() {
        while true {
            if let deadline = pool.state.withLock({ $0.concludeBy }) {
                conclude(by: deadline)
                return
            }
            if blockedUntil.map({ $0 <= .now }) ?? true {
                blockedUntil = nil
                work()
            }
            pool.clerkSignal.wait(until: wakeTime)
        }
    }

    private mutating func work() {
        do throws(JobStoreError) {
            try writeBeginnings()
            try writeEndings()
            let isUrgent = pool.state.withLock { $0.wantsSave }
            if isUrgent || nextSave <= .now { try save() }
            // Last, since all of the above may make room.
            while try lease() { try writeEndings() }
            try sweep()
            backOff = .zero
        } catch {
            // Finished images stay in memory, jobs stay leased. The wait stays well below the 5 s within which the
            // service promises to go on once there is space again.
            backOff = min(.seconds(1), max(.milliseconds(125), backOff * 2))
            blockedUntil = .now + backOff
            logger.error("the job store does not take writes; trying again", metadata: ["error": "\(error)"])
        }
    }

    private var wakeTime: ContinuousClock.Instant? {
        if let blockedUntil { return blockedUntil }
        let isActive = pool.state.withLock { !$0.schedule.jobs.isEmpty }
        let times = [isActive ? nextSave : nil, pool.configuration.retention == nil ? nil : nextSweep]
        return times.compactMap { $0 }.min()
    }

    private func writeBeginnings() throws(JobStoreError) {
        let leases = pool.state.withLock { $0.beginnings }
        guard !leases.isEmpty else { return }
        try store.begin(leases)
        pool.state.withLock { $0.noteBegun(leases) }
        for lease in leases { pool.board.begun(lease.job.id) }
    }

    // MARK: Ends

    private mutating func writeEndings() throws(JobStoreError) {
        while let (lease, outcome) = pool.state.withLock({ $0.endings.first }) {
            let job = pool.state.withLock { $0.schedule.jobs[lease.job.id] }
            do throws(JobStoreError) {
                switch outcome {
                case .succeeded:
                    // Cancelled between the two looks: nothing is left to write.
                    guard let job else { continue }
                    try store.finish(JobCheckpoint(lease: lease, usage: job.usage, finished: job.unsavedOutputs))
                case .failed(let problem):
                    try store.fail(lease, problem: problem, usage: job?.usage ?? lease.job.usage)
                }
            } catch {
                if error.isPassing { throw error }
                logger.error("a job's end was refused", metadata: ["job": "\(lease.job.id)", "error": "\(error)"])
                if case .incomplete = error {
                    let problem = pool.engine.problem(for: WorkerPoolError.unstorable(error), job: lease.job)
                    pool.state.withLock { $0.endOtherwise(lease, problem: problem) }
                    continue
                }
            }
            pool.state.withLock { $0.drop(lease.job.id) }
            pool.board.ended(lease.job.id)
        }
    }

    // MARK: Beginnings

    /// - Returns: whether there was something to lease.
    private mutating func lease() throws(JobStoreError) -> Bool {
        let free = pool.state.withLock { state in
            guard state.wantsLease, state.phase == .running else { return LeasePlaces(small: 0, large: 0) }
            let large = state.schedule.jobs.values.count(where: \.isLarge), small = state.schedule.jobs.count - large
            let free = LeasePlaces(small: pool.configuration.activeJobs - small, large: pool.configuration.activeLargeJobs - large)
            if !free.isEmpty { state.beginLeasing() }
            return free
        }
        guard !free.isEmpty else { return false }
        let leases: [JobLease]
        do throws(JobStoreError) {
            leases = try store.lease(free)
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
        for lease in leases { pool.board.began(lease.job.id, lease.job.usage) }
        let (wasIdle, cancelled) = pool.state.withLock { state in
            let wasIdle = state.schedule.jobs.isEmpty
            let cancelled = state.endLeasing()
            for (lease, activation) in zip(leases, activations) where !cancelled.contains(lease.job.id) {
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
        if wasIdle { nextSave = .now + pool.configuration.saveInterval }
        pool.wakeWorkers()
    }

    /// Images of one job: each takes a place in memory from the beginning.
    private static var mostImages: Int { 1_000_000 }

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
            guard images <= Self.mostImages else { throw WorkerPoolError.tooManyImages(images, most: Self.mostImages) }
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

    // MARK: Saving

    private mutating func save() throws(JobStoreError) {
        let start = ContinuousClock.now
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
                logger.error("progress cannot be saved", metadata: ["job": "\(snapshot.lease.job.id)", "error": "\(error)"])
                return true
            }
        }
        guard !checkpoints.isEmpty else { return }
        let lost = try store.save(checkpoints)
        pool.state.withLock { state in
            for snapshot in snapshots { _ = state.schedule.update(snapshot.lease) { $0.markSaved(snapshot) } }
            for id in lost { state.drop(id) }
        }
        for id in lost { pool.board.ended(id) }
        let end = ContinuousClock.now
        // At most 1 % of the time.
        nextSave = end + max(pool.configuration.saveInterval, start.duration(to: end) * 99)
    }

    private mutating func sweep() throws(JobStoreError) {
        guard let retention = pool.configuration.retention, nextSweep <= .now else { return }
        nextSweep = .now + .seconds(60)
        let removed = try store.sweep(retention)
        if removed > 0 { logger.notice("expired jobs were removed", metadata: ["count": "\(removed)"]) }
    }

    // MARK: Going

    /// Writes ends and progress, gives the leases back; tries again until the deadline if the store does not work.
    private mutating func conclude(by deadline: ContinuousClock.Instant) {
        while true {
            do throws(JobStoreError) {
                try writeBeginnings()
                try writeEndings()
                try save()
                let leases = pool.state.withLock { state in state.schedule.jobs.values.map(\.lease) }
                try store.release(leases)
                pool.state.withLock { state in
                    for lease in leases { state.drop(lease.job.id) }
                    state.phase = .concluded(isComplete: true)
                }
                for lease in leases { pool.board.ended(lease.job.id) }
                return
            } catch {
                guard ContinuousClock.now + .milliseconds(100) < deadline else {
                    logger.error("progress could not be saved before the stop", metadata: ["error": "\(error)"])
                    pool.state.withLock { $0.phase = .concluded(isComplete: false) }
                    return
                }
                pool.clerkSignal.wait(until: .now + .milliseconds(100))
            }
        }
    }
}
