import Checkpoints
import Tensors

/// A block of branches that read the same activations and whose results stand side by side (Szegedy et al. 2016,
/// figures 5 to 7), with torchvision's names.
struct InceptionBlock: Sendable {
    /// What a branch is made of: its names in the checkpoint with the channels they put out, one after the other.
    struct Step {
        let name: String, outputs: Int, window: InceptionConvolution.Window

        init(_ name: String, _ outputs: Int, _ window: InceptionConvolution.Window = .pointwise) {
            (self.name, self.outputs, self.window) = (name, outputs, window)
        }
    }

    enum Part {
        /// Convolutions one after the other.
        case branch([Step])
        /// Convolutions, then several that read the last one's result, side by side.
        case split([Step], [Step])
        /// A pooling, then convolutions if there are any.
        case pooled(Pooling, [Step])
    }

    private enum Piece: Sendable {
        case branch(InceptionBranch)
        case split(InceptionBranch, [InceptionConvolution])
        case pooled(Pooling, InceptionBranch?)
    }

    private let pieces: [Piece]
    /// Channels of the results, which stand side by side.
    let outputs: [Int]

    /// - Throws: `CheckpointError` where a tensor is missing or has another shape.
    init(_ weights: Weights, sources: [Int], _ parts: [Part]) throws(CheckpointError) {
        var pieces: [Piece] = [], outputs: [Int] = []
        func branch(_ steps: [Step], _ first: [Int]) throws(CheckpointError) -> InceptionBranch {
            var inputs = first, convolutions: [InceptionConvolution] = []
            for step in steps {
                convolutions.append(
                    try InceptionConvolution(
                        weights.scoped(step.name), sources: inputs, outputs: step.outputs, step.window))
                inputs = [step.outputs]
            }
            return InceptionBranch(convolutions: convolutions)
        }
        for part in parts {
            switch part {
            case .branch(let steps):
                pieces.append(.branch(try branch(steps, sources)))
                outputs += steps.suffix(1).map(\.outputs)
            case .split(let steps, let ends):
                let last = steps.suffix(1).map(\.outputs)
                var heads: [InceptionConvolution] = []
                for end in ends { heads += try branch([end], last).convolutions }
                pieces.append(.split(try branch(steps, sources), heads))
                outputs += ends.map(\.outputs)
            case .pooled(let pooling, let steps):
                pieces.append(.pooled(pooling, steps.isEmpty ? nil : try branch(steps, sources)))
                outputs += steps.isEmpty ? sources : steps.suffix(1).map(\.outputs)
            }
        }
        (self.pieces, self.outputs) = (pieces, outputs)
    }

    /// New activations, before their ReLU. The sources stay allocated.
    func callAsFunction(_ sources: [Activation], _ pass: Pass) -> [Activation] {
        pieces.flatMap { piece in
            switch piece {
            case .branch(let branch): return [branch(sources, pass)]
            case .split(let branch, let ends):
                let shared = branch(sources, pass)
                defer { pass.release(shared) }
                return ends.map { $0([shared], pass) }
            case .pooled(let pooling, let branch):
                let pooled = sources.map { Self.pool($0, pooling, pass) }
                guard let branch else { return pooled }
                defer { for activation in pooled { pass.release(activation) } }
                return [branch(pooled, pass)]
            }
        }
    }

    /// The ReLU comes before a mean; a maximum lets it wait.
    static func pool(_ source: Activation, _ pooling: Pooling, _ pass: Pass) -> Activation {
        guard pooling.kind == .mean else { return source.pooled(pooling, pass) }
        let active = source.normed(nil, .relu, pass)
        defer { pass.release(active) }
        return active.pooled(pooling, pass)
    }
}
