import Numbers

/// Adam with decoupled weight decay (Loshchilov & Hutter 2019), in float32 and in the order of operations of
/// `torch.optim.AdamW`.
public struct AdamW: Sendable, Equatable {
    public var firstBeta = 0.9, secondBeta = 0.99
    public var epsilon = 1e-8
    public var weightDecay = 0.01

    public init() {}

    /// The factors of one step, the same for all elements.
    struct Step: Sendable {
        /// What the gradient is multiplied by before anything else: clipping.
        let gradientScale: Float
        /// 1 - rate decay.
        let decay: Float
        /// 1 - beta1, the weight of the gradient in the first moment.
        let firstShare: Float
        let secondBeta: Float, secondShare: Float
        /// sqrt(1 - beta2^step).
        let correction: Float
        let epsilon: Float
        /// rate/(1 - beta1^step).
        let size: Float
    }

    /// - Parameters:
    ///   - number: of the step, from 1.
    ///   - scale: of the gradient, see `GradientClip`.
    func step(_ number: Int, rate: Double, scale: Double) -> Step {
        let firstCorrection = 1 - ElementaryFunctions.pow(firstBeta, Double(number))
        let secondCorrection = 1 - ElementaryFunctions.pow(secondBeta, Double(number))
        return Step(
            gradientScale: Float(scale), decay: Float(1 - rate * weightDecay), firstShare: Float(1 - firstBeta),
            secondBeta: Float(secondBeta), secondShare: Float(1 - secondBeta),
            correction: Float(secondCorrection.squareRoot()), epsilon: Float(epsilon),
            size: Float(rate / firstCorrection))
    }
}

/// Clipping by the norm of all gradients together, as `torch.nn.utils.clip_grad_norm_`.
public struct GradientClip: Sendable, Equatable {
    /// The norm that gradients are clipped to; nil clips nothing.
    public var norm: Double?

    public init(norm: Double?) { self.norm = norm }

    /// The factor of gradients of this norm, at most 1.
    func scale(norm measured: Double) -> Double { norm.map { min(1, $0 / (measured + 1e-6)) } ?? 1 }
}
