/// Goes through what the worker pool will do with the jobs that there are, as far as it is asked, by the rules of
/// `PoolSchedule` and `Clerk.lease()`: whose turn it is, who shares a batch with it, how many images. Several steps are
/// taken as one, so that it costs little. A value without a clock.
struct PoolForecast {
    private struct Member {
        let job: ForecastJob
        var left: [Double]
        var isCheckedOut: [Bool]
        var unfinished: Int

        init(_ job: ForecastJob) {
            (self.job, left) = (job, job.steps)
            (isCheckedOut, unfinished) = (Array(repeating: false, count: left.count), left.count)
        }

        /// The first image that waits for a worker.
        var waiting: Int? { left.indices.first { left[$0] > 0 && !isCheckedOut[$0] } }

        /// Steps left of an image, on average.
        var stepsOfImage: Double { left.reduce(0, +) / Double(max(1, unfinished)) }
    }

    private struct Batch {
        let isLarge: Bool
        let end: Double
        let entries: [(member: Int, image: Int, steps: Double)]
    }

    private let shape: PoolShape
    /// All that have had a place, also those that have ended.
    private var members: [Member] = []
    /// Whose turn it is: the first has waited longest.
    private var rotation: [Int] = []
    private var handedOut: [String: Double] = [:]
    /// The last is the one's that steps small jobs while all others are busy with large steps.
    private var workers: [Batch?]
    private var computing: Int { workers.count - 1 }
    private var waiting: [ForecastJob]
    private var now = 0.0
    /// Steps that are taken as one, until the next job begins or ends.
    private var stride = 1.0
    /// Seconds until the ends that were gone through.
    private(set) var ends: [JobID: Double] = [:]

    /// Turns that each job has left at least, when the stride is chosen.
    private static let turns = 3.0
    private static let mostWorkers = 256

    /// - Parameter queued: in the order of the queue.
    init(running: [ForecastJob], queued: [ForecastJob], shape: PoolShape) {
        (self.shape, waiting) = (shape, queued)
        workers = Array(repeating: nil, count: min(shape.allWorkers, Self.mostWorkers) + 1)
        for job in running { add(job) }
        admit()
    }

    /// Goes on until a job has ended.
    /// - Returns: nil for one that is not there.
    mutating func end(of id: JobID) -> Double? {
        while ends[id] == nil, advance() {}
        return ends[id]
    }

    /// Goes to the next end of a batch.
    /// - Returns: false when there is nothing more to do.
    mutating func advance() -> Bool {
        for worker in 0..<computing where workers[worker] == nil { workers[worker] = nextBatch() }
        if workers[computing] == nil, workers[..<computing].allSatisfy({ $0?.isLarge ?? false }) {
            workers[computing] = nextBatch(large: false)
        }
        let next = workers.indices.min { (workers[$0]?.end ?? .infinity) < (workers[$1]?.end ?? .infinity) }
        guard let next, let batch = workers[next] else { return false }
        workers[next] = nil
        now = batch.end
        var hasEnded = false
        for (member, image, steps) in batch.entries {
            members[member].isCheckedOut[image] = false
            members[member].left[image] -= steps
            guard members[member].left[image] <= 1e-9 else { continue }
            members[member].left[image] = 0
            members[member].unfinished -= 1
            if members[member].unfinished == 0 {
                end(member)
                hasEnded = true
            }
        }
        if hasEnded { admit() }
        return true
    }

    // MARK: Places

    private mutating func add(_ job: ForecastJob) {
        rotation.append(members.count)
        members.append(Member(job))
        if handedOut[job.owner] == nil { handedOut[job.owner] = handedOut.values.min() ?? 0 }
    }

    private mutating func end(_ member: Int) {
        let job = members[member].job
        ends[job.id] = now
        rotation.removeAll { $0 == member }
        if !rotation.contains(where: { members[$0].job.owner == job.owner }) { handedOut[job.owner] = nil }
    }

    private mutating func admit() {
        var left: [ForecastJob] = []
        for job in waiting { if hasPlace(for: job) { add(job) } else { left.append(job) } }
        waiting = left
        stride = max(1, ((rotation.map { members[$0].stepsOfImage }.min() ?? 1) / Self.turns).rounded(.down))
    }

    private func hasPlace(for job: ForecastJob) -> Bool {
        let alike = rotation.count { members[$0].job.key.isLarge == job.key.isLarge }
        guard !job.key.isLarge else { return alike < shape.allLargePlaces }
        // Beyond the places an owner who has none of them has one.
        return alike < shape.allPlaces
            || alike / 2 < shape.allPlaces
                && !rotation.contains { !members[$0].job.key.isLarge && members[$0].job.owner == job.owner }
    }

    // MARK: Turns

    private mutating func nextBatch(large: Bool = true) -> Batch? {
        let free = rotation.filter { members[$0].waiting != nil && (large || !members[$0].job.key.isLarge) }
        // Of equal ones `min` gives the first.
        guard let leader = free.min(by: { handedOut(to: $0) < handedOut(to: $1) }) else { return nil }
        let key = members[leader].job.key
        let sharing = rotation.filter { members[$0].job.key == key }
        let open = sharing.reduce(0) { $0 + members[$1].unfinished * members[$1].job.rows }
        let most = key.isLarge ? 1 : max(1, shape.rows)
        let limit = min(most, large ? (open + computing - 1) / computing : open)
        let (entries, seconds) = take(sharing, rows: limit)
        let served = Set(entries.map(\.member))
        rotation = rotation.filter { !served.contains($0) } + rotation.filter { served.contains($0) }
        return Batch(isLarge: key.isLarge, end: now + seconds, entries: entries)
    }

    /// Checks out images of the jobs that may share a batch.
    private mutating func take(
        _ sharing: [Int], rows limit: Int
    ) -> (entries: [(member: Int, image: Int, steps: Double)], seconds: Double) {
        // Who takes turns by the owners of jobs, and then among the jobs of each, as `OwnerLines` has it.
        var lines = OwnerLines(sharing.map { (members[$0].job.id, members[$0].job.owner) })
        let places = Dictionary(sharing.map { (members[$0].job.id, $0) }) { first, _ in first }
        var entries: [(member: Int, image: Int, steps: Double)] = [], rows = 0, seconds = 0.0
        while let id = lines.next(handedOut) {
            guard let member = places[id], let image = members[member].waiting,
                entries.isEmpty || rows + members[member].job.rows <= limit
            else {
                lines.leave(id)
                continue
            }
            let job = members[member].job, steps = min(stride, members[member].left[image])
            members[member].isCheckedOut[image] = true
            entries.append((member, image, steps))
            rows += job.rows
            seconds += steps * job.secondsPerStep
            handedOut[job.owner, default: 0] += Double(job.rows) * Double(max(1, job.key.unitsPerCall)) * stride
        }
        return (entries, seconds)
    }

    private func handedOut(to member: Int) -> Double { handedOut[members[member].job.owner] ?? 0 }
}
