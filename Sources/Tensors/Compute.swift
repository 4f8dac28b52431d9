/// What one worker computes with: a thread team, the kernels of a tier, scratch for each thread, and the memory that
/// its forward passes take for activations.
///
/// One worker owns it; it is not shared. Results do not depend on `threads` or on the tier.
public final class Compute {
    /// The threads that share each operation: as many as were asked for, or fewer where the system gave no more.
    public let threads: Int
    /// The most threads of one worker that can be asked for.
    public static let mostThreads = 1024
    public let tier: KernelTier
    let team: ThreadTeam
    let kernels: Kernels
    private var activations = FloatBuffer(count: 0)
    private var scratch: [FloatBuffer]
    private var measured: [Shape: Measurement] = [:]
    private var modestRuns = 0
    /// Where the time of passes is noted; set it to have the operations of later passes timed.
    public var profile: Profile?
    /// Whether somebody still wants what is computed; nil stands for yes. It is asked between operations, and between
    /// the work items of one, by any of the threads, so it has to be quick. As soon as it says no the pass is left.
    /// A pass asks what stood here when it began.
    public var isWanted: (@Sendable () -> Bool)?

    /// A shape that a pass was measured for. Once its owner is gone another may be found at the owner's address.
    private struct Shape: Hashable {
        let owner: ObjectIdentifier
        let batch: Int, height: Int, width: Int
        var isRecorded = false
    }

    /// What was measured, and for whom: a network is not to live longer for having been run.
    private struct Measurement {
        weak var owner: AnyObject?
        let need: Pass.Need
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

    /// Makes one that only books what `threads` threads take, without starting any of them.
    init(bookingFor threads: Int) {
        self.threads = max(1, threads)
        tier = .best
        team = ThreadTeam(count: 1)
        kernels = Kernels(tier: .best)
        scratch = []
    }

    /// Bytes held for activations and scratch.
    public var memory: Int {
        (activations.count + scratch.reduce(0) { $0 + $1.count }) * MemoryLayout<Float>.stride
    }

    /// Runs `body` in a pass of its own, after one that only measures where this owner has not run at this shape
    /// before. Makes room for it, or gives back room that the runs of late have not needed by far. The owner is not
    /// kept.
    /// - Throws: `EvaluationAbandoned` where nobody wanted it any more; what `body` throws.
    public func run<R>(
        _ owner: AnyObject, batch: Int, height: Int, width: Int, _ body: (Pass) throws -> R
    ) throws -> R {
        let shape = Shape(owner: ObjectIdentifier(owner), batch: batch, height: height, width: width)
        makeRoom(for: try need(shape, owner, body))
        let pass = Pass(self, activations: activations, scratch: scratch)
        let result = try body(pass)
        if pass.isLeft { throw EvaluationAbandoned() }
        return result
    }

    private func need<R>(
        _ shape: Shape, _ owner: AnyObject, tape: Tape? = nil, _ body: (Pass) throws -> R
    ) throws -> Pass.Need {
        if let known = measured[shape], known.owner === owner { return known.need }
        let pass = Pass(measuringFor: self, tape: tape)
        _ = try body(pass)
        if measured.count >= Self.shapesKept { measured.removeAll() }
        measured[shape] = Measurement(owner: owner, need: pass.need)
        return pass.need
    }

    /// How many images of what size a pass takes.
    public struct Batch: Sendable {
        public var count: Int, height: Int, width: Int

        public init(count: Int, height: Int, width: Int) {
            (self.count, self.height, self.width) = (count, height, width)
        }
    }

    /// Runs `body` in a pass that is recorded, so that `body` can rewind it: the gradients of parameters are added to
    /// `gradients`, side by side as in the network's `ParameterSet`.
    ///
    /// The shape of a recorded pass is measured by itself, since everything stays allocated until it is rewound.
    /// - Parameters:
    ///   - dropout: what is dropped; nil for nothing.
    /// - Throws: as `run`.
    public func runRecorded<R>(
        _ owner: AnyObject, _ batch: Batch, dropout: Dropout? = nil, gradients: inout [Float],
        _ body: (Pass) throws -> R
    ) throws -> R {
        let shape = Shape(
            owner: ObjectIdentifier(owner), batch: batch.count, height: batch.height, width: batch.width,
            isRecorded: true)
        let booking = Tape(parameters: nil, dropout: dropout)
        defer { booking.forget() }
        makeRoom(for: try need(shape, owner, tape: booking, body))
        return try unsafe gradients.withUnsafeMutableBufferPointer { buffer in
            let view = unsafe buffer.baseAddress.map { unsafe FloatView(base: $0, count: buffer.count) }
            let tape = Tape(parameters: view, dropout: dropout)
            defer { tape.forget() }  // its steps hold the pass, which holds the tape
            let pass = Pass(self, activations: activations, scratch: scratch, tape: tape)
            let result = try body(pass)
            if pass.isLeft { throw EvaluationAbandoned() }
            return result
        }
    }

    private func makeRoom(for need: Pass.Need) {
        let isModest = memory > Self.modest && memory / 4 > need.bytes(threads: threads)
        modestRuns = isModest ? modestRuns + 1 : 0
        if modestRuns >= Self.modestRunsInARow { rest() }
        Self.enlarge(&activations, to: need.activations)
        for index in scratch.indices { Self.enlarge(&scratch[index], to: need.scratch) }
    }

    private static func enlarge(_ buffer: inout FloatBuffer, to count: Int) {
        guard buffer.count < count else { return }
        buffer = FloatBuffer(count: 0)  // the old one goes before the new one comes
        buffer = FloatBuffer(count: count)
    }

    /// Gives all memory for activations and scratch back to the system; the next run takes what it needs.
    public func rest() {
        modestRuns = 0
        activations = FloatBuffer(count: 0)
        for index in scratch.indices { scratch[index] = FloatBuffer(count: 0) }
    }
}
