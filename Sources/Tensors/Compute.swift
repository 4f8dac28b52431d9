import Synchronization

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
    private var measured: [Shape: Measurement] = [:]
    private var modestRuns = 0
    /// Asked between operations, and between the work items of one, by any of the threads, so it has to be quick: whether somebody still
    /// wants what is computed. As soon as it says no the evaluation is left; nil never does.
    public var isWanted: (@Sendable () -> Bool)?
    /// Whether the present run is being left: then nothing of it may be used, whatever is said afterwards.
    private let isLeft = Atomic(false)

    /// A shape that a run was measured for. Once its owner is gone another may be found at the owner's address.
    private struct Shape: Hashable {
        let owner: ObjectIdentifier
        let batch: Int, height: Int, width: Int
    }

    /// What a run takes, in floats.
    private struct Need {
        let activations: Int
        /// Of each thread.
        let scratch: Int
    }

    /// What was measured, and for whom: a network is not to live longer for having been run.
    private struct Measurement {
        weak var owner: AnyObject?
        let need: Need
    }

    /// Shapes that are remembered; measuring one again costs less than a hundredth of a run.
    private static let shapesKept = 256
    /// Bytes that are not worth giving back before a rest: 64 MiB.
    private static let modest = 64 << 20
    /// Runs in a row that need less than a quarter of what is held, before the rest is given back.
    private static let modestRunsInARow = 3

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

    /// For booking what `threads` threads take, without one of them.
    private init(bookingFor threads: Int) {
        self.threads = max(1, threads)
        tier = .best
        team = ThreadTeam(count: 1)
        kernels = Kernels(tier: .best)
        scratch = []
    }

    /// Bytes held for activations and scratch.
    public var memory: Int { (arena.capacity + scratch.reduce(0) { $0 + $1.count }) * MemoryLayout<Float>.stride }

    /// Runs `body`, measuring it first when this owner has not run at this shape before. Makes room for it, or gives back room that the
    /// runs of late have not needed by far. The owner is not kept.
    /// - Throws: `EvaluationAbandoned` where nobody wanted it any more; what `body` throws.
    public func run<R>(_ owner: AnyObject, batch: Int, height: Int, width: Int, _ body: () throws -> R) throws -> R {
        let need = try need(Shape(owner: ObjectIdentifier(owner), batch: batch, height: height, width: width), owner, body)
        makeRoom(for: need)
        arena.reset()
        isLeft.store(false, ordering: .relaxed)
        let result = try body()
        if isLeft.load(ordering: .relaxed) { throw EvaluationAbandoned() }
        return result
    }

    private func need<R>(_ shape: Shape, _ owner: AnyObject, _ body: () throws -> R) throws -> Need {
        if let known = measured[shape], known.owner === owner { return known.need }
        arena.beginMeasuring()
        defer { arena.endMeasuring() }
        scratchNeeded = 0
        _ = try body()
        let need = Need(activations: arena.peak, scratch: scratchNeeded)
        if measured.count >= Self.shapesKept { measured.removeAll() }
        measured[shape] = Measurement(owner: owner, need: need)
        return need
    }

    private func makeRoom(for need: Need) {
        let isModest = memory > Self.modest && memory / 4 > bytes(need)
        modestRuns = isModest ? modestRuns + 1 : 0
        if modestRuns >= Self.modestRunsInARow { rest() }
        arena.reserve(need.activations)
        for index in scratch.indices where scratch[index].count < need.scratch {
            scratch[index] = FloatBuffer(count: 0)  // the old one goes before the new one comes
            scratch[index] = FloatBuffer(count: need.scratch)
        }
    }

    /// Gives all memory for activations and scratch back to the system; the next run takes what it needs.
    public func rest() {
        modestRuns = 0
        arena.giveBack()
        for index in scratch.indices { scratch[index] = FloatBuffer(count: 0) }
    }

    private func bytes(_ need: Need) -> Int { (need.activations + need.scratch * threads) * MemoryLayout<Float>.stride }

    /// What a forward pass takes.
    public struct Cost: Sendable, Equatable {
        /// Bytes of activations and of all threads' scratch.
        public var bytes: Int
        /// Multiply-adds of its convolutions, linear layers and attention, convolutions counted as direct ones.
        public var multiplyAdds: Int
    }

    /// Books what `body` takes on `threads` threads, without running it: how the work is cut, and so what it takes, depends on them.
    public static func cost(threads: Int, _ body: (Compute) -> Void) -> Cost {
        let compute = Compute(bookingFor: threads)
        compute.arena.beginMeasuring()
        body(compute)
        let need = Need(activations: compute.arena.peak, scratch: compute.scratchNeeded)
        return Cost(bytes: compute.bytes(need), multiplyAdds: compute.multiplyAdds)
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
    /// to the thread. While measuring only the scratch is booked. Of an evaluation that nobody wants any more items are left out.
    func parallel(_ items: Int, scratch count: Int, _ body: (_ item: Int, _ scratch: FloatView) -> Void) {
        scratchNeeded = max(scratchNeeded, count)
        if isMeasuring || shouldLeave { return }
        team.run(items) { item, thread in
            if !shouldLeave { body(item, scratch[thread].view) }
        }
    }

    /// Whether to leave what is being computed. For the threads of an operation, in loops that take long.
    var shouldLeave: Bool {
        if isLeft.load(ordering: .relaxed) { return true }
        guard let isWanted, !isWanted() else { return false }
        isLeft.store(true, ordering: .relaxed)
        return true
    }

    /// Notes work while measuring.
    func book(multiplyAdds count: Int) {
        let (sum, overflow) = multiplyAdds.addingReportingOverflow(count)
        multiplyAdds = overflow ? .max : sum
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
