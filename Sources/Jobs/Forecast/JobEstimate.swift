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

    /// - Parameter usages: what each running job has done, where that is known better than in the queue.
    /// - Returns: nil when no speed has been measured.
    init?(_ queue: OutstandingQueue, usages: [JobUsage?], rates: WorkRates) {
        guard let speeds = rates.present else { return nil }
        let running = zip(queue.running, usages).map { job, usage in
            var job = job
            if let usage {
                (job.callsDone, job.stepsDone) = (usage.networkCalls, usage.imageSteps)
                job.imagesDone = usage.imagesDone
            }
            return speeds.forecast(job)
        }
        let near = queue.queued.prefix(Self.nearest).map(speeds.forecast)
        self.running = running.reduce(0) { $0 + $1.seconds }
        (self.queue, self.speeds, self.near) = (queue, speeds, near.count)
        forecast = ForecastHolder(running, near, speeds.shape)
    }

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
    fileprivate func forecast(_ job: OutstandingWork) -> ForecastJob {
        ForecastJob(job, secondsPerCall: secondsPerCall(of: job), together: job.isLarge ? shape.workers : shape.rows)
    }
}

/// A forecast that several may ask.
private final class ForecastHolder: Sendable {
    private let forecast: Lock<PoolForecast>
    private let running: [JobID]

    init(_ running: [ForecastJob], _ queued: [ForecastJob], _ shape: PoolShape) {
        self.running = running.map(\.id)
        forecast = Lock(PoolForecast(running: running, queued: queued, shape: shape))
    }

    func end(of id: JobID) -> Double? { forecast.withLock { $0.end(of: id) } }

    var firstEnd: Double {
        guard !running.isEmpty else { return 0 }
        return forecast.withLock { forecast in
            while true {
                if let end = running.compactMap({ forecast.ends[$0] }).min() { return end }
                guard forecast.advance() else { return 0 }
            }
        }
    }
}
