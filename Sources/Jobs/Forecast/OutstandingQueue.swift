/// Tells states of a store apart: it changes with every write.
public struct StoreRevision: Hashable, Sendable {
    /// Counts of writes through other connections, and of those through the one that was asked.
    let ofOthers: Int64, own: Int64

    package init(ofOthers: Int64, own: Int64) {
        (self.ofOthers, self.own) = (ofOthers, own)
    }
}

/// The jobs that have not ended, as of one state of the store, added up so that the work ahead of a job is looked up,
/// not counted.
public struct OutstandingQueue: Sendable {
    /// The revision that it is of; nil where nobody can tell whether it is still right.
    let revision: StoreRevision?
    let running: [OutstandingWork]
    /// The others, in the order in which they will be run.
    let queued: [OutstandingWork]
    /// The first of them.
    var oldest: JobID? { queued.first?.id }
    /// The places of the others by id, from 0 on.
    private let places: [JobID: Int]
    /// The places of the jobs of each model, and the work of each and all before it.
    private let sums: [String: [(place: Int, work: ModelWork)]]

    /// - Parameter work: in the order of the queue.
    package init(_ work: [OutstandingWork], revision: StoreRevision?) {
        self.revision = revision
        running = work.filter(\.isRunning)
        queued = work.filter { !$0.isRunning }
        var places: [JobID: Int] = [:], sums: [String: [(place: Int, work: ModelWork)]] = [:]
        for (place, job) in queued.enumerated() {
            places[job.id] = place
            let before = sums[job.model]?.last?.work ?? ModelWork()
            let own = ModelWork(calls: job.callsLeft, unitsPerCall: job.unitsPerCall)
            sums[job.model, default: []].append((place, before + own))
        }
        (self.places, self.sums) = (places, sums)
    }

    /// Queued jobs before this one; nil if it is not queued.
    func place(of id: JobID) -> Int? { places[id] }

    /// The work of a queued job and of those before it, by model; nil if it is not queued.
    func work(until id: JobID) -> [(model: String, work: ModelWork)]? {
        guard let last = places[id] else { return nil }
        return sums.compactMap { model, sums in
            // The first that comes later.
            var (low, high) = (0, sums.count)
            while low < high {
                let middle = (low + high) / 2
                if sums[middle].place <= last { low = middle + 1 } else { high = middle }
            }
            return low == 0 ? nil : (model, sums[low - 1].work)
        }
    }
}
