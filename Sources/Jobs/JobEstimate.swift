/// When things will be done, reckoned from measured speed and the work ahead.
public struct JobEstimate: Sendable {
    private let queue: OutstandingQueue
    private let speeds: WorkRates.Present
    private let endsOfRunning: [JobID: Double]
    /// Seconds until all running jobs are done.
    private let running: Double
    /// Seconds until the first running job ends, which lets the next queued one go: the wait that a full queue asks
    /// for.
    public let secondsToFreePlace: Double

    /// - Parameter callsOfRunning: what each running job has done, where that is known better than in the queue.
    /// - Returns: nil when no speed has been measured.
    init?(_ queue: OutstandingQueue, callsOfRunning: [Int64?], rates: WorkRates) {
        guard let speeds = rates.present else { return nil }
        var running = zip(queue.running, callsOfRunning).map { job, calls in
            var job = job
            job.callsDone = calls ?? job.callsDone
            let work = ModelWork(calls: job.callsLeft, unitsPerCall: job.unitsPerCall)
            return (id: job.id, seconds: speeds.seconds(for: work, of: job.model))
        }
        // Running jobs take turns, so each of the others gets as much done as this one before this one ends: the sum
        // over j of min(r_j, r_i). With the shortest first that is what those before take, and as much as this one for
        // all from it on.
        running.sort { $0.seconds < $1.seconds }
        var ends: [JobID: Double] = [:], total = 0.0
        for (place, job) in running.enumerated() {
            ends[job.id] = total + Double(running.count - place) * job.seconds
            total += job.seconds
        }
        secondsToFreePlace = running.first.flatMap { ends[$0.id] } ?? 0
        (self.queue, self.speeds, endsOfRunning, self.running) = (queue, speeds, ends, total)
    }

    /// Seconds until the job ends; nil if it is not outstanding. A queued job ends at the latest when everything before
    /// it and itself is done.
    public func secondsToEnd(of id: JobID) -> Double? {
        if let end = endsOfRunning[id] { return end }
        return queue.work(until: id).map { $0.reduce(running) { $0 + speeds.seconds(for: $1.work, of: $1.model) } }
    }
}
