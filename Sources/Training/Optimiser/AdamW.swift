import Numbers
import Tensors

/// Adam with decoupled weight decay (Loshchilov & Hutter 2019), in float32 and in the order of operations of
/// `torch.optim.AdamW`.
public struct AdamW: Sendable, Equatable {
    public var firstBeta = 0.9, secondBeta = 0.99
    public var epsilon = 1e-8
    public var weightDecay = 0.01

    public init() {}

    /// - Parameters:
    ///   - number: of the step, from 1.
    ///   - scale: of the gradient, see `GradientClip`.
    func step(_ number: Int, rate: Double, scale: Double) -> AdamWFactors {
        let firstCorrection = 1 - ElementaryFunctions.pow(firstBeta, Double(number))
        let secondCorrection = 1 - ElementaryFunctions.pow(secondBeta, Double(number))
        return AdamWFactors(
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
