import Locking

/// Measured speed by model: what one worker takes for one row of a network evaluation, of each size that was asked for
/// of late, and for a unit of its work, which serves for the other sizes; moving averages.
public final class WorkRates: Sendable {
    private struct State {
        var speeds: [String: MeasuredSpeed] = [:]
        /// Nanoseconds of a row by its size, of the sizes measured last.
        var sizes: [String: [(units: Int64, perCall: Double)]] = [:]
        var shape = PoolShape()
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
                var sizes = state.sizes[model] ?? []
                let own = sizes.firstIndex { $0.units == unitsPerCall }.map { sizes.remove(at: $0).perCall } ?? perCall
                sizes.insert((unitsPerCall, own + (perCall - own) / 10), at: 0)
                state.sizes[model] = Array(sizes.prefix(Self.mostSizes))
            }
            state.speeds[model] = speed
        }
    }

    /// Sizes of a model that are told apart: the longer ago one was measured, the less is lost with it.
    private static let mostSizes = 16

    /// Takes over speeds of an earlier life for models not measured yet.
    func seed(_ speeds: [String: MeasuredSpeed]) {
        state.withLock { state in state.speeds.merge(speeds) { own, _ in own } }
    }

    /// Takes note of how jobs are run here, and by others on the same queue.
    func note(_ shape: PoolShape) {
        state.withLock { state in
            let processes = state.shape.processes
            state.shape = shape
            state.shape.processes = processes
        }
    }

    /// Takes note of those who share the queue: each counts as much as this one. Where nothing was measured here, what
    /// they say does.
    func note(_ processes: [WorkerRecord]) {
        let computing = processes.filter { $0.role != "api" && !$0.isDraining }
        let known = computing.flatMap(\.models).compactMap { model in
            model.nanosecondsPerCall.map { (model.reference.name, MeasuredSpeed(perCall: $0)) }
        }
        seed(Dictionary(known) { first, _ in first })
        state.withLock { $0.shape.processes = max(1, computing.count) }
    }

    /// Milliseconds per row of one evaluation on one worker, of the sizes that were asked for of late; nil until
    /// measured.
    public func millisecondsPerCall(model: String) -> Double? {
        state.withLock { $0.speeds[model] }.map { $0.perCall / 1e6 }
    }

    /// What one worker takes, and how they share jobs; nil when nothing has been measured.
    var present: Present? { state.withLock { Present($0.speeds, $0.sizes, $0.shape) } }

    /// The speeds at one moment.
    struct Present {
        let shape: PoolShape
        private let speeds: [String: MeasuredSpeed]
        private let sizes: [String: [(units: Int64, perCall: Double)]]
        private let slowest: MeasuredSpeed

        fileprivate init?(
            _ speeds: [String: MeasuredSpeed], _ sizes: [String: [(units: Int64, perCall: Double)]], _ shape: PoolShape
        ) {
            guard let perCall = speeds.values.map(\.perCall).max() else { return nil }
            (self.speeds, self.sizes, self.shape) = (speeds, sizes, shape)
            slowest = MeasuredSpeed(perCall: perCall, perUnit: speeds.values.compactMap(\.perUnit).max())
        }

        /// Seconds of one worker for a row of a job; models not measured yet count as the slowest known one.
        func secondsPerCall(of job: OutstandingWork) -> Double {
            let speed = speeds[job.model] ?? slowest
            guard job.unitsPerCall > 0 else { return speed.perCall / 1e9 }
            if let own = sizes[job.model]?.first(where: { $0.units == job.unitsPerCall }) { return own.perCall / 1e9 }
            // Only jobs of unknown size have been measured: each evaluation counts alike.
            guard let perUnit = speed.perUnit ?? slowest.perUnit else { return speed.perCall / 1e9 }
            return perUnit * Double(job.unitsPerCall) / 1e9
        }

        /// Seconds of one worker until `work`, of several sizes, is done.
        func workerSeconds(for work: ModelWork, of model: String) -> Double {
            let speed = speeds[model] ?? slowest
            let known = speed.perUnit ?? slowest.perUnit
            let nanoseconds = known.map { work.units * $0 } ?? work.callsOfUnits * speed.perCall
            return (nanoseconds + work.otherCalls * speed.perCall) / 1e9
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
