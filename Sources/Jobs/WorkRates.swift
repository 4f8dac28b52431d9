import Locking

/// Measured speed by model: what one worker takes for one row of a network evaluation, and for a unit of its work,
/// which images of several sizes have in common; moving averages.
public final class WorkRates: Sendable {
    private struct State {
        var speeds: [String: MeasuredSpeed] = [:]
        var workers = 1
        /// Processes that share the queue.
        var processes = 1
    }

    private let state = Lock(State())

    public init() {}

    /// Takes in one measurement. The first stands alone; each later one counts for a tenth.
    /// - Parameters:
    ///   - calls: rows evaluated in `nanoseconds`; nothing is recorded for none.
    ///   - unitsPerCall: `PlannedWork.unitsPerCall` of all of them; 0 if it is not known.
    public func record(model: String, nanoseconds: Int64, calls: Int, unitsPerCall: Int64) {
        guard calls > 0, nanoseconds >= 0 else { return }
        let perCall = Double(nanoseconds) / Double(calls)
        state.withLock { state in
            var speed = state.speeds[model] ?? MeasuredSpeed(perCall: perCall)
            speed.perCall += (perCall - speed.perCall) / 10
            if unitsPerCall > 0 {
                let perUnit = perCall / Double(unitsPerCall), known = speed.perUnit ?? perUnit
                speed.perUnit = known + (perUnit - known) / 10
            }
            state.speeds[model] = speed
        }
    }

    /// Takes over speeds of an earlier life for models not measured yet.
    func seed(_ speeds: [String: MeasuredSpeed]) {
        state.withLock { state in state.speeds.merge(speeds) { own, _ in own } }
    }

    func setWorkers(_ count: Int) {
        state.withLock { $0.workers = max(1, count) }
    }

    /// Takes note of those who share the queue: each counts as much as this one. Where nothing was measured here, what
    /// they say does.
    func note(_ processes: [WorkerRecord]) {
        let computing = processes.filter { $0.role != "api" && !$0.isDraining }
        let known = computing.flatMap(\.models).compactMap { model in
            model.nanosecondsPerCall.map { (model.reference.name, MeasuredSpeed(perCall: $0)) }
        }
        seed(Dictionary(known) { first, _ in first })
        state.withLock { $0.processes = max(1, computing.count) }
    }

    /// Milliseconds per row of one evaluation on one worker, of the sizes that were asked for of late; nil until
    /// measured.
    public func millisecondsPerCall(model: String) -> Double? {
        state.withLock { $0.speeds[model] }.map { $0.perCall / 1e6 }
    }

    /// What all workers together take; nil when nothing has been measured.
    var present: Present? { state.withLock { Present($0.speeds, workers: $0.workers * $0.processes) } }

    /// The speeds at one moment.
    struct Present {
        private let speeds: [String: MeasuredSpeed]
        private let slowest: MeasuredSpeed
        private let workers: Double

        fileprivate init?(_ speeds: [String: MeasuredSpeed], workers: Int) {
            guard let perCall = speeds.values.map(\.perCall).max() else { return nil }
            self.speeds = speeds
            slowest = MeasuredSpeed(perCall: perCall, perUnit: speeds.values.compactMap(\.perUnit).max())
            self.workers = Double(workers)
        }

        /// Seconds until `work` is done; models not measured yet count as the slowest known one.
        func seconds(for work: ModelWork, of model: String) -> Double {
            let speed = speeds[model] ?? slowest
            // Only jobs of unknown size have been measured: each evaluation counts alike.
            let known = speed.perUnit ?? slowest.perUnit
            let nanoseconds = known.map { work.units * $0 } ?? work.callsOfUnits * speed.perCall
            return (nanoseconds + work.otherCalls * speed.perCall) / 1e9 / workers
        }
    }
}

/// Evaluations of one model.
struct ModelWork: Hashable {
    /// Work of evaluations whose size is known, and how many they are.
    var units = 0.0, callsOfUnits = 0.0
    /// Evaluations of unknown size.
    var otherCalls = 0.0

    init() {}

    init(calls: Int64, unitsPerCall: Int64) {
        if unitsPerCall > 0 {
            (units, callsOfUnits) = (Double(calls) * Double(unitsPerCall), Double(calls))
        } else {
            otherCalls = Double(calls)
        }
    }

    static func + (left: ModelWork, right: ModelWork) -> ModelWork {
        var sum = left
        sum.units += right.units
        sum.callsOfUnits += right.callsOfUnits
        sum.otherCalls += right.otherCalls
        return sum
    }
}
