/// What the pool's threads share, under one lock. The lock is never held during computing or a call to the store.
struct PoolState<Engine: TrajectoryEngine> {
    enum Phase: Equatable {
        case new
        case running
        case stopping
        /// The clerk has gone; whether it could write everything.
        case concluded(isComplete: Bool)
    }

    /// How a job has ended, on its way into the store.
    enum Outcome {
        case succeeded
        case failed(problem: [UInt8])
    }

    var phase = Phase.new
    /// Set when the workers are done: the clerk writes what there is and goes.
    var concludeBy: ContinuousClock.Instant?
    /// Whether an earlier process died while running jobs. Then the first progress of each job is saved at once: a
    /// process that is killed again and again must not use up the attempts of jobs that do no harm.
    var followsCrash = false
    var schedule: PoolSchedule<Engine>
    /// Ends to be written, in order. Their jobs stay in the schedule until then, with the images in memory.
    private(set) var endings: [(lease: JobLease, outcome: Outcome)] = []
    /// Jobs that are being computed since lately, which the store has yet to be told.
    private(set) var beginnings: [JobLease] = []
    /// Whether the store may have jobs to lease.
    var wantsLease = true
    /// Whether some job should be saved without waiting for the interval.
    var wantsSave = false
    /// What each worker does now.
    private var steps: [Int: (batch: Batch, isLarge: Bool)] = [:]
    private var isLeasing = false
    private var cancelledWhileLeasing: Set<JobID> = []

    init(schedule: PoolSchedule<Engine>) {
        self.schedule = schedule
    }

    /// Images that a worker steps together.
    struct Batch {
        let entries: [PoolSchedule<Engine>.Entry]
        let interest = StepInterest()
    }

    /// Hands out what a worker is to do next; nil when there is nothing.
    /// - Parameter others: of the worker that serves small jobs alone while all the others, so many, are busy with
    ///   large steps.
    mutating func nextBatch(for worker: Int, others: Int? = nil) -> (batch: Batch, isLarge: Bool)? {
        if let others, steps.values.count(where: \.isLarge) < others { return nil }
        guard let entries = schedule.nextBatch(large: others == nil), let first = entries.first else { return nil }
        let step = (batch: Batch(entries: entries), isLarge: schedule.jobs[first.lease.job.id]?.isLarge ?? false)
        steps[worker] = step
        for entry in entries where schedule.update(entry.lease, { $0.begin() }) == true {
            beginnings.append(entry.lease)
        }
        return step
    }

    /// The store knows that these are being computed.
    mutating func noteBegun(_ leases: [JobLease]) {
        let tokens = Set(leases.map(\.token))
        beginnings.removeAll { tokens.contains($0.token) }
    }

    /// A worker has come back.
    mutating func checkIn(_ worker: Int) { steps[worker] = nil }

    /// Has workers leave what they compute now.
    func leaveSteps(onlyLarge: Bool = false) {
        for step in steps.values where step.isLarge || !onlyLarge { step.batch.interest.withdraw() }
    }

    private func leaveUnwantedSteps() {
        for step in steps.values where !step.batch.entries.contains(where: { schedule.wants($0.lease) }) {
            step.batch.interest.withdraw()
        }
    }

    /// Drops a job that the store has cancelled. Images that are being stepped find nothing to come back to; a step of
    /// nothing else is left.
    mutating func cancel(_ id: JobID) {
        drop(id)
        // The store may have leased it to the clerk a moment ago.
        if isLeasing { cancelledWhileLeasing.insert(id) }
    }

    mutating func drop(_ id: JobID) {
        forget(id)
        wantsLease = true
    }

    /// Removes all that there is of a job. A step of nothing else is left.
    mutating func forget(_ id: JobID) {
        schedule.remove(id)
        endings.removeAll { $0.lease.job.id == id }
        beginnings.removeAll { $0.job.id == id }
        leaveUnwantedSteps()
    }

    mutating func end(_ lease: JobLease, _ outcome: Outcome) {
        let isFirst = schedule.update(lease) { job in
            defer { job.isEnding = true }
            return !job.isEnding
        }
        guard isFirst == true else { return }
        endings.append((lease, outcome))
        // Other images of a job that has failed may be with other workers.
        leaveUnwantedSteps()
    }

    /// Ends a job that was leased but cannot be run.
    mutating func refuse(_ lease: JobLease, problem: [UInt8]) {
        endings.append((lease, .failed(problem: problem)))
    }

    /// Replaces an outcome that the store refuses for good.
    mutating func endOtherwise(_ lease: JobLease, problem: [UInt8]) {
        endings.removeAll { $0.lease.token == lease.token }
        endings.append((lease, .failed(problem: problem)))
    }

    /// - Parameter isForAll: whether all that waits is looked at, and not some of it only.
    mutating func beginLeasing(isForAll: Bool) {
        isLeasing = true
        if isForAll { wantsLease = false }
    }

    /// - Returns: the jobs cancelled since `beginLeasing()`.
    mutating func endLeasing() -> Set<JobID> {
        isLeasing = false
        defer { cancelledWhileLeasing = [] }
        return cancelledWhileLeasing
    }
}
