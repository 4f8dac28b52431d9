import Dispatch
import Locking

/// Lets one thread sleep until it is woken: a condition that remembers, so that a wake between two sleeps is not lost
/// and many wakes are one.
final class WakeSignal: Sendable {
    private let isSet = Lock(false)
    private let semaphore = DispatchSemaphore(value: 0)

    func wake() {
        let first = isSet.withLock { isSet in
            defer { isSet = true }
            return !isSet
        }
        if first { semaphore.signal() }
    }

    /// Sleeps until woken, or for so long if there is a limit.
    func wait(atMost limit: Duration? = nil) {
        if let left = limit {
            guard left > .zero, semaphore.wait(timeout: .now() + .nanoseconds(left.clampedNanoseconds)) == .success
            else { return }
        } else {
            semaphore.wait()
        }
        isSet.withLock { $0 = false }
    }
}

extension Duration {
    /// Whole nanoseconds, the largest number where that overflows (292 years).
    var clampedNanoseconds: Int {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? Int.min : Int.max }
        let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return Int(clamping: carried ? Int64.max : sum)
    }
}
