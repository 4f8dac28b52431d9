import Synchronization

/// Measured speed: nanoseconds that one worker takes for one row of a network evaluation, by model; a moving average.
public final class WorkRates: Sendable {
    private struct State {
        var nanosecondsPerCall: [String: Double] = [:]
        var workers = 1
    }

    private let state = Mutex(State())

    public init() {}

    /// Takes in one measurement. The first stands alone; each later one counts for a tenth.
    /// - Parameter calls: rows evaluated in `nanoseconds`; nothing is recorded for none.
    public func record(model: String, nanoseconds: Int64, calls: Int) {
        guard calls > 0, nanoseconds >= 0 else { return }
        let latest = Double(nanoseconds) / Double(calls)
        state.withLock { state in
            let known = state.nanosecondsPerCall[model] ?? latest
            state.nanosecondsPerCall[model] = known + (latest - known) / 10
        }
    }

    /// Takes over rates of an earlier life for models not measured yet.
    func seed(_ rates: [String: Double]) {
        state.withLock { state in state.nanosecondsPerCall.merge(rates) { own, _ in own } }
    }

    func setWorkers(_ count: Int) {
        state.withLock { $0.workers = max(1, count) }
    }

    /// Milliseconds per row of one evaluation on one worker; nil until measured.
    public func millisecondsPerCall(model: String) -> Double? {
        state.withLock { $0.nanosecondsPerCall[model] }.map { $0 / 1e6 }
    }

    /// Seconds until `work` is done by all workers together; models not measured yet count as the slowest known one.
    /// nil when nothing has been measured.
    func seconds(for work: OutstandingWork) -> Double? {
        state.withLock { state in
            guard let slowest = state.nanosecondsPerCall.values.max() else { return nil }
            let rate = state.nanosecondsPerCall[work.model] ?? slowest
            return Double(work.callsLeft) * rate / 1e9 / Double(state.workers)
        }
    }
}

/// When things will be done, reckoned from measured speed and the work ahead.
public struct JobEstimate: Sendable {
    private let ends: [JobID: Double]
    /// Seconds until the first running job ends, which lets the next queued one go: the wait that a full queue asks
    /// for.
    public let secondsToFreePlace: Double

    /// - Parameter work: in the order of the queue.
    /// - Returns: nil when no speed has been measured.
    init?(_ work: [OutstandingWork], rates: WorkRates) {
        var running: [(id: JobID, seconds: Double)] = []
        var queued: [(id: JobID, seconds: Double)] = []
        for item in work {
            guard let seconds = rates.seconds(for: item) else { return nil }
            if item.isRunning { running.append((item.id, seconds)) } else { queued.append((item.id, seconds)) }
        }
        // Running jobs take turns, so each of the others gets as much done as this one before this one ends: the sum
        // over j of min(r_j, r_i). With the shortest first that is what those before take, and as much as this one for
        // all from it on.
        running.sort { $0.seconds < $1.seconds }
        var ends: [JobID: Double] = [:]
        var total = 0.0
        for (place, job) in running.enumerated() {
            ends[job.id] = total + Double(running.count - place) * job.seconds
            total += job.seconds
        }
        secondsToFreePlace = running.first.flatMap { ends[$0.id] } ?? 0
        // A queued job ends at the latest when everything before it and itself is done.
        for job in queued {
            total += job.seconds
            ends[job.id] = total
        }
        self.ends = ends
    }

    /// Seconds until the job ends; nil if it is not outstanding.
    public func secondsToEnd(of id: JobID) -> Double? { ends[id] }
}
