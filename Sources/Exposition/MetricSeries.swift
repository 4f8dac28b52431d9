import CoreMetrics
import Locking

/// A total of one label set.
final class CounterSeries: CounterHandler, FloatingPointCounterHandler {
    private let total = Lock(0.0)

    func increment(by amount: Int64) { increment(by: Double(amount)) }

    /// Adds; what is negative or no number would make a total that shrinks, and is left out.
    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        total.withLock { $0 += amount }
    }

    func reset() { total.withLock { $0 = 0 } }

    var value: Double { total.withLock { $0 } }
}

/// A present number of one label set.
final class GaugeSeries: MeterHandler {
    private let number = Lock(0.0)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { if value.isFinite { number.withLock { $0 = value } } }
    func increment(by amount: Double) { if amount.isFinite { number.withLock { $0 += amount } } }
    func decrement(by amount: Double) { increment(by: -amount) }

    var value: Double { number.withLock { $0 } }
}

/// A distribution of one label set.
final class HistogramSeries: RecorderHandler, TimerHandler {
    struct Distribution: Sendable {
        /// For each bound how many lay at or below it and above the one before; the last is of all above.
        var counts: [UInt64]
        var sum = 0.0
    }

    let bounds: [Double]
    private let state: Lock<Distribution>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Lock(Distribution(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        let place = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[place] += 1
            state.sum += value
        }
    }

    /// Times are in seconds here, as Prometheus has them.
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    var distribution: Distribution { state.withLock { $0 } }
}
