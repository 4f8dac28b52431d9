import Numbers

/// How much noise each training step adds: diffusers' `beta_schedule`, computed as torch computes it on a CPU with
/// fused multiply-add (any x86 since 2013), bit for bit except `sigmoid`, whose torch exponential is an approximation.
public enum BetaSchedule: Sendable, Equatable {
    /// Ho et al. 2020: evenly spaced from the first to the last.
    case linear(start: Double, end: Double)
    /// Evenly spaced square roots.
    case scaledLinear(start: Double, end: Double)
    /// Nichol & Dhariwal 2021, eq. 17: `squaredcos_cap_v2`. Also the VP cosine of continuous time, discretised.
    case squaredCosine
    /// GeoDiff: logistic between the two values.
    case sigmoid(start: Double, end: Double)
    /// diffusers' `laplace`.
    case laplace
    /// `trained_betas`: a list of the model's own.
    case trained([Float])

    /// The betas of `count` training steps.
    public func betas(count: Int) -> [Float] {
        switch self {
        case .linear(let start, let end):
            return Self.linspace(Float(start), Float(end), count: count)
        case .scaledLinear(let start, let end):
            return Self.linspace(Float(start.squareRoot()), Float(end.squareRoot()), count: count).map { $0 * $0 }
        case .squaredCosine:
            return Self.betas(count: count, alphaBar: Self.cosineAlphaBar)
        case .sigmoid(let start, let end):
            let (scale, offset) = (Float(end - start), Float(start))
            return Self.linspace(-6, 6, count: count).map { x in
                let logistic = 1 / (1 + ElementaryFunctions.exp(-x))
                return logistic * scale + offset
            }
        case .laplace:
            return Self.betas(count: count, alphaBar: Self.laplaceAlphaBar)
        case .trained(let betas):
            return betas
        }
    }

    /// `torch.linspace` in float32: from the start in the first half, back from the end in the second, each one fused
    /// multiply-add (`aten/src/ATen/native/cpu/RangeFactoriesKernel.cpp`).
    static func linspace(_ start: Float, _ end: Float, count: Int) -> [Float] {
        guard count > 1 else { return count == 1 ? [start] : [] }
        let step = (end - start) / Float(count - 1)
        return (0..<count).map { i in
            i < count / 2 ? start.addingProduct(step, Float(i)) : end.addingProduct(-step, Float(count - 1 - i))
        }
    }

    /// beta_i = min(1 - abar((i + 1) / n) / abar(i / n), 0.999): diffusers' `betas_for_alpha_bar`.
    private static func betas(count: Int, alphaBar: (Double) -> Double) -> [Float] {
        (0..<count).map { i in
            let ratio = alphaBar(Double(i + 1) / Double(count)) / alphaBar(Double(i) / Double(count))
            return Float(min(1 - ratio, 0.999))
        }
    }

    private static func cosineAlphaBar(_ u: Double) -> Double {
        let cosine = ElementaryFunctions.cos((u + 0.008) / 1.008 * Double.pi / 2)
        return cosine * cosine
    }

    /// Upstream feeds the square root of the signal's share here, where the cosine branch feeds the share itself.
    private static func laplaceAlphaBar(_ u: Double) -> Double {
        let sign: Double = 0.5 - u < 0 ? -1 : 1
        let lambda = -0.5 * sign * ElementaryFunctions.log(1 - 2 * (0.5 - u).magnitude + 1e-6)
        let ratio = ElementaryFunctions.exp(lambda)
        return (ratio / (1 + ratio)).squareRoot()
    }
}
