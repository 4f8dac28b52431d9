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
struct JobEstimate {
    /// Seconds of the whole machine that each outstanding job still takes, in the order of the queue.
    private let running: [(id: JobID, seconds: Double)]
    private let queued: [(id: JobID, seconds: Double)]

    /// nil when no speed has been measured.
    init?(_ work: [OutstandingWork], rates: WorkRates) {
        var running: [(id: JobID, seconds: Double)] = []
        var queued: [(id: JobID, seconds: Double)] = []
        for item in work {
            guard let seconds = rates.seconds(for: item) else { return nil }
            if item.isRunning { running.append((item.id, seconds)) } else { queued.append((item.id, seconds)) }
        }
        (self.running, self.queued) = (running, queued)
    }

    /// Seconds until the job ends; nil if it is not outstanding.
    ///
    /// Running jobs take turns, so each of the others gets as much done as this one before this one ends: the sum over j of
    /// min(r_j, r_i). A queued job ends at the latest when everything before it and itself is done.
    func secondsToEnd(of id: JobID) -> Double? {
        if let own = running.first(where: { $0.id == id }) { return shared(own.seconds) }
        guard let place = queued.firstIndex(where: { $0.id == id }) else { return nil }
        return queued[...place].reduce(running.reduce(0) { $0 + $1.seconds }) { $0 + $1.seconds }
    }

    /// Seconds until the first running job ends, which lets the next queued one go: the wait that a full queue asks for.
    var secondsToFreePlace: Double {
        running.map(\.seconds).min().map(shared) ?? 0
    }

    private func shared(_ seconds: Double) -> Double {
        running.reduce(0) { $0 + min($1.seconds, seconds) }
    }
}
