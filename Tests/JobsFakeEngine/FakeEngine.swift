import Dispatch
import Jobs
import Locking

/// A deterministic engine without a network, for tests. It notes the batches it gets and can be held between steps.
public final class FakeEngine: TrajectoryEngine {
    /// One image in one batch.
    public struct Part: Hashable, Sendable {
        public let seed: UInt64
        public let image: Int
        public let step: Int

        public init(seed: UInt64, image: Int, step: Int) {
            self.seed = seed
            self.image = image
            self.step = step
        }
    }

    public struct Worker {
        public let index: Int
    }

    private struct Log {
        var batches: [[Part]] = []
        var begun: [Part] = []
        var saves = 0
        var arrivals: [[Part]] = []
        var left = 0
        var rests: [Bool] = []
        var inputs: [[JobInput]] = []
    }

    private let log = Lock(Log())
    private let delay: Duration
    /// When there is a gate each step takes one permit from it.
    private let gate: DispatchSemaphore?
    private let largeGate: DispatchSemaphore?
    /// Whether a step that waits at the gate is left when nobody wants it any more.
    private let isAttentive: Bool
    private let workerFailure: FakeError?

    public init(delay: Duration = .zero, gated: Bool = false, attentive: Bool = false, workerFailure: FakeError? = nil) {
        isAttentive = attentive
        self.delay = delay
        gate = gated ? DispatchSemaphore(value: 0) : nil
        largeGate = gated ? DispatchSemaphore(value: 0) : nil
        self.workerFailure = workerFailure
    }

    /// Lets `steps` batches pass the gate.
    public func open(_ steps: Int) {
        for _ in 0..<steps { gate?.signal() }
    }

    /// Lets `steps` batches of large jobs pass their gate.
    public func openLarge(_ steps: Int) {
        for _ in 0..<steps { largeGate?.signal() }
    }

    /// The batches that have come to a gate so far.
    public var arrivals: [[Part]] { log.withLock { $0.arrivals } }
    /// Steps that were left because nobody wanted them.
    public var left: Int { log.withLock { $0.left } }
    /// The rests taken so far; whether each was taken while no job was being run.
    public var rests: [Bool] { log.withLock { $0.rests } }
    /// The batches stepped so far, failed ones included.
    public var batches: [[Part]] { log.withLock { $0.batches } }
    /// The images begun so far, with the step they began at.
    public var begun: [Part] { log.withLock { $0.begun } }
    public var saves: Int { log.withLock { $0.saves } }
    /// What each planned job worked on.
    public var inputs: [[JobInput]] { log.withLock { $0.inputs } }

    public func makeWorker(_ index: Int) throws -> Worker {
        if let workerFailure { throw workerFailure }
        return Worker(index: index)
    }

    public func plan(_ lease: JobLease) throws -> FakeRequest {
        let request = try FakeRequest(lease.run ?? lease.job.request)
        log.withLock { $0.inputs.append(lease.inputs) }
        if request.failure == .plan { throw FakeError.told(.plan) }
        return request
    }

    public func begin(_ plan: FakeRequest, image: Int, saved: [UInt8]?) throws -> FakeTrajectory {
        if plan.failure == .begin, image == FakeRequest.failingImage { throw FakeError.told(.begin) }
        var trajectory = try saved.map { try FakeTrajectory(request: plan, image: image, saved: $0) }
            ?? FakeTrajectory(request: plan, image: image)
        trajectory.noteSave = { [weak self] in self?.log.withLock { $0.saves += 1 } }
        log.withLock { $0.begun.append(Part(seed: plan.seed, image: image, step: trajectory.step)) }
        return trajectory
    }

    public func rest(_ worker: inout Worker, isLast: Bool) { log.withLock { $0.rests.append(isLast) } }

    public func step(_ batch: inout [FakeTrajectory], on worker: inout Worker, isWanted: @escaping @Sendable () -> Bool) throws {
        try pass(batch, isWanted)
        if delay > .zero { Self.pause(delay) }
        log.withLock { $0.batches.append(batch.map { Part(seed: $0.request.seed, image: $0.image, step: $0.step) }) }
        for index in batch.indices {
            let trajectory = batch[index]
            // Half the batch may have moved on when this is thrown: the pool must not keep any of it.
            if trajectory.request.failure == .step, trajectory.image == FakeRequest.failingImage,
                trajectory.step == FakeRequest.failingStep
            {
                throw FakeError.told(.step)
            }
            batch[index].advance()
        }
    }

    /// Small steps pass while a large one waits: there is a gate for either.
    private func pass(_ batch: [FakeTrajectory], _ isWanted: () -> Bool) throws {
        guard let gate = batch.contains(where: \.request.isLarge) ? largeGate : gate else { return }
        log.withLock { $0.arrivals.append(batch.map { Part(seed: $0.request.seed, image: $0.image, step: $0.step) }) }
        guard isAttentive else { return gate.wait() }
        while gate.wait(timeout: .now() + .milliseconds(1)) == .timedOut {
            if !isWanted() {
                log.withLock { $0.left += 1 }
                throw FakeError.left
            }
        }
    }

    private static func pause(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        _ = DispatchSemaphore(value: 0).wait(
            timeout: .now() + .nanoseconds(Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)))
    }

    public func problem(for error: any Error, job: Job) -> [UInt8] {
        Array("\(error)".utf8)
    }
}
