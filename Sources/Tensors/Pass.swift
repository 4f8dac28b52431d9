import Synchronization

/// One forward pass: where its activations lie, and the door that its operations go through.
///
/// `Compute.run` makes it, and it is of no use afterwards. For a shape that has not been met there are two: in the
/// first sizes and work are only booked and no kernel runs; the second computes, in memory of the size that was booked,
/// so that it allocates nothing.
public final class Pass {
    /// The threads that share each operation.
    let threads: Int
    let team: ThreadTeam
    let kernels: Kernels
    private let compute: Compute
    private let arena: Arena
    private let scratch: [FloatBuffer]
    private let isWanted: (@Sendable () -> Bool)?
    private let isAbandoned = Atomic(false)
    private var scratchNeeded = 0
    private var multiplyAdds = 0
    /// True where sizes are only booked: no kernel may run, and no activation may be read.
    public let isMeasuring: Bool
    /// What is recorded for gradients; nil where none are wanted.
    let tape: Tape?

    /// Makes a pass that books what it would take.
    init(measuringFor compute: Compute, tape: Tape? = nil) {
        (self.compute, threads, team, kernels) = (compute, compute.threads, compute.team, compute.kernels)
        arena = Arena()
        scratch = []
        isWanted = nil
        isMeasuring = true
        self.tape = tape
    }

    /// Makes a pass that computes, in at least as much memory as it needs.
    init(_ compute: Compute, activations: FloatBuffer, scratch: [FloatBuffer], tape: Tape? = nil) {
        (self.compute, threads, team, kernels) = (compute, compute.threads, compute.team, compute.kernels)
        arena = Arena(in: activations)
        self.scratch = scratch
        isWanted = compute.isWanted
        isMeasuring = false
        self.tape = tape
    }

    /// What a pass takes, in floats, and what it does.
    struct Need {
        let activations: Int
        /// Floats of scratch of each thread.
        let scratch: Int
        let multiplyAdds: Int

        func bytes(threads: Int) -> Int { (activations + scratch * threads) * MemoryLayout<Float>.stride }
    }

    var need: Need { Need(activations: arena.peak, scratch: scratchNeeded, multiplyAdds: multiplyAdds) }

    /// Floats that are allocated now. Once everything has been released that a pass returns, none should be left.
    var held: Int { arena.held }

    /// Runs one operation of a layer: the one place where its work is booked and its time noted. Operations do not
    /// nest.
    /// - Parameters:
    ///   - label: kind and shape, for the profile; made only for one.
    ///   - multiplyAdds: its work, of convolutions as if they were direct ones.
    func operation<R>(_ label: @autoclosure () -> String, multiplyAdds work: Int = 0, _ body: () -> R) -> R {
        if isMeasuring {
            let (sum, overflow) = multiplyAdds.addingReportingOverflow(work)
            multiplyAdds = overflow ? .max : sum
            return body()
        }
        guard compute.profile != nil else { return body() }
        let clock = ContinuousClock(), start = clock.now
        let result = body()
        compute.profile?.note(label(), clock.now - start, multiplyAdds: work)
        return result
    }

    /// Calls `body(item, scratch)` for every item, shared out over the team; `scratch` has `count` floats or more and
    /// belongs to the thread. While measuring only the scratch is booked. Of a pass that nobody wants any more items
    /// are left out.
    func parallel(_ items: Int, scratch count: Int, _ body: (_ item: Int, _ scratch: FloatView) -> Void) {
        scratchNeeded = max(scratchNeeded, count)
        if isMeasuring || shouldLeave { return }
        team.run(items) { item, thread in
            if !shouldLeave { body(item, scratch[thread].view) }
        }
    }

    /// Whether to leave what is being computed. For the threads of an operation, in loops that take long.
    var shouldLeave: Bool {
        if isLeft { return true }
        guard let isWanted, !isWanted() else { return false }
        isAbandoned.store(true, ordering: .relaxed)
        return true
    }

    /// Whether the pass is being left: then nothing of it may be used, whatever is said afterwards.
    var isLeft: Bool { isAbandoned.load(ordering: .relaxed) }
}

/// Memory for activations.
extension Pass {
    /// Makes an activation whose contents are whatever was there before.
    /// - Parameter moments: whether row moments will be gathered, because a norm follows.
    func allocate(batch: Int, height: Int, width: Int, channels: Int, moments: Bool = false) -> Activation {
        let pitch = padded(channels)
        return Activation(
            values: arena.allocate(batch * height * width * pitch), batch: batch, height: height, width: width,
            channels: channels, pitch: pitch, moments: moments ? arena.allocate(batch * height * 2 * pitch) : nil)
    }

    func allocate(_ count: Int) -> FloatView { arena.allocate(count) }

    func release(_ view: FloatView) { arena.release(view) }

    /// Says that nobody will use the activation any more. It is a hint: the memory may be used again at once, or kept
    /// where something else still needs it.
    public func release(_ activation: Activation) {
        if isRecording { return }
        arena.release(activation.values)
        if let moments = activation.moments { arena.release(moments) }
    }

    /// Says that nobody will use a norm's scales any more.
    public func release(_ scale: NormScale) {
        if !isRecording { arena.release(scale.values) }
    }
}
