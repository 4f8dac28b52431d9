import Locking

/// When things will be done, reckoned from measured speed and the work ahead.
public struct JobEstimate: Sendable {
    private let queue: OutstandingQueue
    private let speeds: WorkRates.Present
    /// Goes as far as it is asked.
    private let forecast: ForecastHolder
    /// Until the last of the jobs that are gone through, and the work of all that come before those that are not.
    private let near: Int
    /// Seconds until all running jobs are done, if nothing else were.
    private let running: Double
    /// Seconds until the first running job ends, which lets the next queued one go: the wait that a full queue asks
    /// for.
    public var secondsToFreePlace: Double { forecast.firstEnd }

    /// Queued jobs that are gone through one by one; those behind them come when what is before them is done.
    private static let nearest = 64
    /// So many running jobs are gone through; of more it is told how long they take if all have an even share of the
    /// workers.
    private static let mostRunning = 64
    /// Images that are told apart, of one job and of all. A forecast takes time with the square of the latter.
    private static let mostImagesOfJob = 64, mostImages = 512

    /// - Parameter usages: what each running job has done, where that is known better than in the queue.
    /// - Returns: nil when no speed has been measured.
    init?(_ queue: OutstandingQueue, usages: [JobUsage?], rates: WorkRates) {
        guard let speeds = rates.present else { return nil }
        let isGoneThrough = queue.running.count <= Self.mostRunning
        let nearest = queue.queued.prefix(isGoneThrough ? Self.nearest : 0)
        let images = Self.imagesOfJob(among: queue.running.count + nearest.count)
        let running = zip(queue.running, usages).map { job, usage in
            var job = job
            if let usage {
                (job.callsDone, job.stepsDone) = (usage.networkCalls, usage.imageSteps)
                job.imagesDone = usage.imagesDone
            }
            return speeds.forecast(job, mostImages: images)
        }
        let near = nearest.map { speeds.forecast($0, mostImages: images) }
        self.running = running.reduce(0) { $0 + $1.seconds }
        (self.queue, self.speeds, self.near) = (queue, speeds, near.count)
        forecast =
            isGoneThrough ? ForecastHolder(running, near, speeds.shape) : ForecastHolder(shares: running, speeds.shape)
    }

    /// Images that are told apart of each of so many jobs.
    static func imagesOfJob(among jobs: Int) -> Int { min(mostImagesOfJob, max(1, mostImages / max(1, jobs))) }

    /// Seconds until the job ends; nil if it is not outstanding.
    public func secondsToEnd(of id: JobID) -> Double? {
        if let place = queue.place(of: id), place >= near {
            return queue.work(until: id).map { work in
                let seconds = work.reduce(running) { $0 + speeds.workerSeconds(for: $1.work, of: $1.model) }
                return seconds / Double(speeds.shape.allWorkers)
            }
        }
        return forecast.end(of: id)
    }
}

extension WorkRates.Present {
    fileprivate func forecast(_ job: OutstandingWork, mostImages: Int) -> ForecastJob {
        ForecastJob(
            job, secondsPerCall: secondsPerCall(of: job), together: job.isLarge ? shape.workers : shape.rows,
            mostImages: mostImages)
    }
}

/// A forecast that several may ask.
private final class ForecastHolder: Sendable {
    private let forecast: Lock<PoolForecast>
    private let running: [JobID]
    /// Seconds to the end of each running job, where they are not gone through.
    private let shares: [JobID: Double]

    init(_ running: [ForecastJob], _ queued: [ForecastJob], _ shape: PoolShape) {
        (self.running, shares) = (running.map(\.id), [:])
        forecast = Lock(PoolForecast(running: running, queued: queued, shape: shape))
    }

    /// With an even share of the workers for each, and one worker at most: the images of a job may be few.
    init(shares running: [ForecastJob], _ shape: PoolShape) {
        let jobsOfWorker = max(1, Double(running.count) / Double(shape.allWorkers))
        self.running = running.map(\.id)
        shares = Dictionary(running.map { ($0.id, $0.seconds * jobsOfWorker) }) { first, _ in first }
        forecast = Lock(PoolForecast(running: [], queued: [], shape: shape))
    }

    func end(of id: JobID) -> Double? { shares[id] ?? forecast.withLock { $0.end(of: id) } }

    var firstEnd: Double {
        guard !running.isEmpty else { return 0 }
        if let first = shares.values.min() { return first }
        return forecast.withLock { forecast in
            while true {
                if let end = running.compactMap({ forecast.ends[$0] }).min() { return end }
                guard forecast.advance() else { return 0 }
            }
        }
    }
}
