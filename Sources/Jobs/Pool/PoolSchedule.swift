/// Decides which images are stepped together: fair between jobs, as full as the work allows. A value without threads or
/// a clock.
struct PoolSchedule<Engine: TrajectoryEngine> {
    /// One image's place in a batch.
    struct Entry {
        let lease: JobLease
        let plan: Engine.Plan
        let image: Int
        /// nil when the image has yet to be begun, from `saved` if there is something.
        let trajectory: Engine.Trajectory?
        let saved: [UInt8]?
        /// Network evaluations (rows) that led to here.
        let calls: Int64
    }

    private let workers: Int
    private let maximumRows: Int
    private(set) var jobs: [JobID: ActiveJob<Engine>] = [:]
    /// Whose turn it is: the first has waited longest.
    private var rotation: [JobID] = []
    /// What was handed out for each owner, in units of work; who comes begins with the least of all.
    private var handedOut: [String: Double] = [:]

    init(workers: Int, maximumRows: Int) {
        self.workers = max(1, workers)
        self.maximumRows = max(1, maximumRows)
    }

    /// A job whose last attempt got nowhere goes first: the sooner its first progress is saved, the less likely is it
    /// that an end of the process which it did not cause counts against it again.
    mutating func add(_ job: ActiveJob<Engine>) {
        jobs[job.id] = job
        let owner = job.lease.job.owner
        if handedOut[owner] == nil { handedOut[owner] = handedOut.values.min() ?? 0 }
        rotation.insert(job.id, at: job.lease.fruitlessAttempts > 1 ? 0 : rotation.endIndex)
    }

    @discardableResult
    mutating func remove(_ id: JobID) -> ActiveJob<Engine>? {
        rotation.removeAll { $0 == id }
        let job = jobs.removeValue(forKey: id)
        if let owner = job?.lease.job.owner, !jobs.values.contains(where: { $0.lease.job.owner == owner }) {
            handedOut[owner] = nil
        }
        return job
    }

    /// Changes the job if it is still held under this very lease.
    /// - Returns: what `change` returns; nil when the job is held no more.
    mutating func update<Result>(_ lease: JobLease, _ change: (inout ActiveJob<Engine>) -> Result) -> Result? {
        guard jobs[lease.job.id]?.lease.token == lease.token else { return nil }
        return change(&jobs[lease.job.id]!)  // Present: the line above has just seen it.
    }

    /// Whether anybody waits for what is done for a job under this lease.
    func wants(_ lease: JobLease) -> Bool {
        guard let job = jobs[lease.job.id] else { return false }
        return job.lease.token == lease.token && !job.isEnding
    }

    /// Hands out the next batch; nil when every image is being stepped already or there is none.
    ///
    /// The job that has waited longest, of the owner for whom least was done, decides the batch key. Then the owners of
    /// jobs with that key take turns by work, and of each the jobs give one image in turn, and again, until the batch
    /// is full; so each job moves however many images, and each owner however many jobs, the others have. Few images
    /// are spread over the workers rather than heaped on one. A single image that needs more rows than a batch may have
    /// goes alone.
    /// - Parameter large: whether jobs of large steps may have their turn; if not, there is one worker only for what
    ///   else there is.
    mutating func nextBatch(large: Bool = true) -> [Entry]? {
        let isFree = { (id: JobID) in jobs[id].map { $0.nextWaiting != nil && (large || !$0.isLarge) } ?? false }
        // Of equal ones `min` gives the first.
        let leader = rotation.filter(isFree).min { handedOut(to: $0) < handedOut(to: $1) }
        guard let leader, let first = jobs[leader] else { return nil }
        let sharing = rotation.filter { jobs[$0]?.key == first.key }
        let open = sharing.reduce(0) { $0 + (jobs[$1]?.openRows ?? 0) }
        let limit = min(maximumRows, first.rowsTogether, large ? (open + workers - 1) / workers : open)
        var lines = OwnerLines(sharing.map { ($0, jobs[$0]?.lease.job.owner ?? "") })
        var batch: [Entry] = []
        var rows = 0
        while let id = lines.next(handedOut) {
            guard let job = jobs[id], let image = job.nextWaiting, batch.isEmpty || rows + job.rows <= limit else {
                lines.leave(id)
                continue
            }
            let slot = job.slot(of: image)
            batch.append(
                Entry(
                    lease: job.lease, plan: job.plan, image: image, trajectory: slot.trajectory, saved: slot.saved,
                    calls: slot.calls))
            jobs[id]?.checkOut(image)
            rows += job.rows
            handedOut[job.lease.job.owner, default: 0] += Double(job.rows) * Double(max(1, job.lease.unitsPerCall))
        }
        let served = Set(batch.map(\.lease.job.id))
        rotation = rotation.filter { !served.contains($0) } + rotation.filter { served.contains($0) }
        return batch
    }

    private func handedOut(to id: JobID) -> Double { jobs[id].flatMap { handedOut[$0.lease.job.owner] } ?? 0 }
}
