import Tensors

/// Weights that AdamW brings down a loss, for networks that are trained beside the generative ones: clipping, the
/// learning rate of each step and the update are those of `TrainingStep`; there are no averages.
public final class Descent {
    private let state: TrainingState
    private let settings: OptimiserSettings
    private let rate: LearningRate
    private let loops: ElementLoops

    /// - Parameters:
    ///   - weights: that it begins with.
    ///   - steps: of the whole run, over which the rate falls.
    public init(_ weights: [Float], _ settings: OptimiserSettings, steps: Int, compute: Compute) {
        state = TrainingState(weights: weights, averages: 0)
        self.settings = settings
        rate = LearningRate(peak: settings.rate, warmup: settings.warmup, steps: steps)
        loops = ElementLoops(compute: compute)
    }

    public var weights: [Float] { state.weights }

    /// Steps that were made.
    public var steps: Int { state.steps }

    /// Makes one step; the gradients are zero afterwards.
    /// - Throws: `TrainingError` where they are not finite; the weights then are as they were.
    public func step(_ gradients: inout [Float]) throws(TrainingError) {
        let squares = loops.squares(gradients), number = state.steps + 1
        guard squares.isFinite else {
            throw TrainingError(
                "step \(number)", expected: "finite gradients", got: "gradients that are not",
                remedy: "look at the images: one of them may hold values that are not finite")
        }
        let scale = GradientClip(norm: settings.clip).scale(norm: squares.squareRoot())
        let step = settings.adam.step(number, rate: rate.value(step: state.steps), scale: scale)
        loops.update(state, gradients: &gradients, step, averageShares: [])
        state.steps = number
    }
}
