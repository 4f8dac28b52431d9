import Dispatch

/// Waits until something is so, and asks every two milliseconds.
/// - Returns: false when it was not so within `Patience.seconds`.
package func eventually(_ isSo: () throws -> Bool) throws -> Bool {
    let deadline = ContinuousClock.now + Patience.duration
    while ContinuousClock.now < deadline {
        if try isSo() { return true }
        _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(2))
    }
    return false
}
