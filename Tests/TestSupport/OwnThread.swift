import Dispatch
import Foundation

/// Runs what mostly waits (for a child to end, for a lease to run out) on a thread of its own. Tests share as many
/// threads as there are cores, and one of them held by a wait is one that computes nothing.
///
/// - Parameter body: at most eight at a time.
package func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread {
            waitingPlaces.wait()
            let result = Result { try body() }
            waitingPlaces.signal()
            continuation.resume(with: result)
        }.start()
    }
}

private let waitingPlaces = DispatchSemaphore(value: 8)
