/// What a recorded pass leaves behind: how the gradient of each result goes back to what it was made of.
///
/// While it records, activations stay allocated, whatever the network releases. Rewinding calls the operations'
/// backward steps in the opposite order, and gives back each result's memory as soon as its step is done. An activation
/// that is read more than once has the sum of its readers' gradients: `Pass.addGradient` is the one place where they
/// meet.
final class Tape {
    /// The gradients of all parameters, side by side; nil where the pass only books.
    let parameters: FloatView?
    /// The keys of the dropout draws of each row of the batch; nil where nothing is dropped.
    let dropout: Dropout?
    fileprivate(set) var isRewinding = false
    // Activations and norms are known by where they lie: nothing is given back, and used anew, while the tape records.
    fileprivate var steps: [() -> Void] = []
    fileprivate var gradients: [Int: Activation] = [:]
    fileprivate var norms: [Int: GroupNormGradient] = [:]
    /// Activations that nobody asks the gradient of.
    fileprivate var leaves: Set<Int> = []
    /// Dropout layers met so far.
    fileprivate var sites = 0

    /// Drops what was recorded, rewound or not.
    func forget() { (steps, norms) = ([], [:]) }

    init(parameters: FloatView?, dropout: Dropout?) { (self.parameters, self.dropout) = (parameters, dropout) }
}

extension Pass {
    /// Whether what is computed now is to be differentiated.
    var isRecording: Bool { tape.map { !$0.isRewinding } ?? false }

    /// Notes that `result` was made, and what is to be done with its gradient.
    /// - Parameter backward: takes the gradient, which it owns.
    func record(_ result: Activation, backward: @escaping (_ gradient: Activation) -> Void) {
        guard isRecording, let tape else { return }
        tape.steps.append { [self] in
            if let gradient = tape.gradients.removeValue(forKey: result.values.address) { backward(gradient) }
            release(result)
        }
    }

    /// Notes an activation whose gradient nobody asks for.
    func record(leaf: Activation) {
        guard isRecording, let tape else { return }
        tape.leaves.insert(leaf.values.address)
        tape.steps.append { [self] in release(leaf) }
    }

    /// Notes the scale and shift of a norm, and how what they are applied by takes the gradient back.
    func record(_ scale: NormScale, gradient: GroupNormGradient) {
        guard isRecording, let tape else { return }
        tape.norms[scale.values.address] = gradient
        tape.steps.append { [self] in
            tape.norms[scale.values.address] = nil
            release(scale)
        }
    }

    /// The backward pass of a norm, for whom applied it; each norm is applied once.
    func takeGradient(of scale: NormScale) -> GroupNormGradient {
        guard let gradient = tape?.norms.removeValue(forKey: scale.values.address) else {
            fatalError("a norm was applied twice, or is not of this pass: a mistake of a layer's code")
        }
        return gradient
    }

    /// Whether anybody asks for the gradient of `x`.
    func needsGradient(_ x: Activation) -> Bool {
        guard let tape else { return false }
        return !tape.leaves.contains(x.values.address)
    }

    /// Whether somebody asks for the gradient of `x`, and nothing has come of it so far.
    func needsFirstGradient(_ x: Activation) -> Bool {
        needsGradient(x) && tape?.gradients[x.values.address] == nil
    }

    /// Adds to the gradient of `x`: the one function by which gradients come together.
    /// - Parameter gradient: as large as `x`; its memory is the tape's from here on.
    func addGradient(_ gradient: Activation, to x: Activation) {
        precondition(gradient.values.count == x.values.count, "a gradient of another size: a mistake of a layer's code")
        guard let tape, needsGradient(x) else { return release(gradient) }
        guard let sum = tape.gradients[x.values.address] else {
            tape.gradients[x.values.address] = gradient
            return
        }
        operation("gradients added, \(x.channels), \(x.height)x\(x.width)") {
            parallel(x.batch * x.height, scratch: 0) { item, _ in
                let (n, y) = (item / x.height, item % x.height), count = x.width * x.pitch
                let row = sum.rows(n, from: y).slice(0, count)
                kernels.add(row, gradient.rows(n, from: y).slice(0, count), into: row, scale: 1)
            }
        }
        release(gradient)
    }

    /// What has come of the gradient of `x` so far, to be added to in place; zero where nothing has.
    func accumulatedGradient(of x: Activation) -> (sum: Activation, isNew: Bool) {
        if let tape, let sum = tape.gradients[x.values.address] { return (sum, false) }
        let sum = allocate(batch: x.batch, height: x.height, width: x.width, channels: x.channels)
        tape?.gradients[x.values.address] = sum
        return (sum, true)
    }

    /// As `accumulatedGradient`, filled with zeros where it is new.
    func zeroedGradient(of x: Activation) -> Activation {
        let (sum, isNew) = accumulatedGradient(of: x)
        if isNew, !isMeasuring { sum.values.fill(0) }
        return sum
    }

    /// Whether some of what flows is to be dropped.
    public var drops: Bool { isRecording && (tape?.dropout?.rate ?? 0) > 0 }

    /// The next dropout layer's number.
    func nextDropoutSite() -> Int {
        guard let tape else { return 0 }
        tape.sites += 1
        return tape.sites - 1
    }

    /// Takes the gradient of a recorded result back through all that was recorded, adding to those of the parameters.
    /// - Parameter images: the loss's gradient, one array an image, [channels, height, width] each.
    public func rewind(_ result: Activation, gradient images: [[Float]]) {
        guard let tape else { return }
        tape.isRewinding = true
        let gradient = activation(
            images: isMeasuring ? Array(repeating: [], count: result.batch) : images, channels: result.channels,
            height: result.height, width: result.width)
        tape.gradients[result.values.address] = gradient
        for step in tape.steps.reversed() where !isLeft { step() }
        tape.steps = []
    }
}
