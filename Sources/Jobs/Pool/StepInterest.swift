import Synchronization

/// Whether anybody still wants what a worker computes. Withdrawn once, for good, from another thread.
final class StepInterest: Sendable {
    private let isWithdrawn = Atomic(false)

    var stands: Bool { !isWithdrawn.load(ordering: .relaxed) }

    func withdraw() { isWithdrawn.store(true, ordering: .relaxed) }
}
