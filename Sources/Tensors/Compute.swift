/// What one worker computes with: a thread team, an arena for activations and scratch for each thread.
///
/// One worker owns it; it is not shared. Results do not depend on `threads` or on the tier.
public final class Compute {
    /// As many as were asked for, or fewer where the system gave no more.
    public let threads: Int
    /// The most threads of one worker that can be asked for.
    public static let mostThreads = 1024
    public let tier: KernelTier
    let team: ThreadTeam
    let kernels: Kernels
    private let arena = Arena()
    private var scratch: [FloatBuffer]
    private var scratchNeeded = 0
    private var multiplyAdds = 0
    /// Set it to have operations timed from then on.
    public var profile: Profile?
    private var plans: [Plan: AnyObject] = [:]  // the owner is kept, so its identity cannot be reused

    /// A shape the arena was measured for.
    struct Plan: Hashable {
        let owner: ObjectIdentifier
        let batch: Int, height: Int, width: Int
    }

    /// - Parameters:
    ///   - threads: how many threads share each operation, the caller's among them; at least 1.
    ///   - tier: which compiled kernels run; the CPU's best by default.
    public init(threads: Int, tier: KernelTier = .best) {
        self.tier = tier
        let team = ThreadTeam(count: max(1, threads))
        self.team = team
        kernels = Kernels(tier: tier)
        self.threads = team.count
        scratch = (0..<team.count).map { _ in FloatBuffer(count: 0) }
    }

    /// Bytes held for activations and scratch.
    public var memory: Int { (arena.capacity + scratch.reduce(0) { $0 + $1.count }) * MemoryLayout<Float>.stride }

    /// Runs `body`, measuring it first when this owner has not run at this shape before.
    public func run<R>(_ owner: AnyObject, batch: Int, height: Int, width: Int, _ body: () throws -> R) rethrows -> R {
        let plan = Plan(owner: ObjectIdentifier(owner), batch: batch, height: height, width: width)
        if plans[plan] == nil {
            arena.beginMeasuring()
            _ = try body()
            plans[plan] = owner
            arena.endMeasuring()
            growScratch()
        }
        arena.reset()
        return try body()
    }

    /// What a forward pass takes.
    public struct Cost: Sendable, Equatable {
        /// Bytes of activations and scratch.
        public var bytes: Int
        /// Multiply-adds of its convolutions, linear layers and attention, convolutions counted as direct ones.
        public var multiplyAdds: Int
    }

    /// Books `body` without running it or reserving its memory.
    public func cost(_ body: (Compute) -> Void) -> Cost {
        arena.beginMeasuring()
        multiplyAdds = 0
        body(self)
        defer { arena.abandonMeasuring() }
        return Cost(bytes: (arena.peak + scratchNeeded * threads) * MemoryLayout<Float>.stride, multiplyAdds: multiplyAdds)
    }

    /// True while sizes are only being booked: no kernel may run.
    public var isMeasuring: Bool { arena.isMeasuring }

    func allocate(batch: Int, height: Int, width: Int, channels: Int, moments: Bool = false) -> Activation {
        let pitch = padded(channels)
        return Activation(
            values: arena.allocate(batch * height * width * pitch), batch: batch, height: height, width: width,
            channels: channels, pitch: pitch, moments: moments ? arena.allocate(batch * height * 2 * pitch) : nil)
    }

    func allocate(_ count: Int) -> FloatView { arena.allocate(count) }

    func release(_ view: FloatView) { arena.release(view) }

    /// Gives the activation's memory back; nobody may use it afterwards.
    public func release(_ activation: Activation) {
        arena.release(activation.values)
        if let moments = activation.moments { arena.release(moments) }
    }

    /// Gives a norm's scales back.
    public func release(_ scale: NormScale) { arena.release(scale.values) }

    /// Calls `body(item, scratch)` for every item, shared out over the team; `scratch` has `scratch` floats and belongs
    /// to the thread. While measuring only the scratch is booked.
    func parallel(_ items: Int, scratch count: Int, _ body: (_ item: Int, _ scratch: FloatView) -> Void) {
        scratchNeeded = max(scratchNeeded, count)
        if isMeasuring { return }
        team.run(items) { item, thread in body(item, scratch[thread].view) }
    }

    /// Notes work while measuring.
    func book(multiplyAdds count: Int) {
        let (sum, overflow) = multiplyAdds.addingReportingOverflow(count)
        multiplyAdds = overflow ? .max : sum
    }

    private func growScratch() {
        for index in scratch.indices where scratch[index].count < scratchNeeded {
            scratch[index] = FloatBuffer(count: scratchNeeded)
        }
    }
}

extension Int {
    /// The product of counts, none of them negative; the largest Int where it is no Int: what a forward pass would take is asked before
    /// anybody knows that it is too much.
    func saturatingProduct(_ others: Int...) -> Int {
        others.reduce(self) { product, factor in
            let (next, overflow) = product.multipliedReportingOverflow(by: factor)
            return overflow ? .max : next
        }
    }
}
