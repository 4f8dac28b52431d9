import Numbers

/// The power-function average of weights (Karras et al. 2024, "Analyzing and improving the training dynamics of
/// diffusion models", section 3.1): theta_gamma(t) = (gamma + 1)/t^(gamma + 1) int tau^gamma theta(tau) dtau, whose
/// deviation as a share of the run so far is its relative width.
public struct PowerAverage: Sendable, Equatable {
    /// sigma_rel, 0.01 to 0.25.
    public let width: Double
    /// The exponent of that width, eq. 126.
    public let gamma: Double

    public static let widths = 0.01...0.25

    /// - Parameter width: within `widths`.
    public init(width: Double) {
        self.width = width
        gamma = Self.exponent(width)
    }

    /// The exponent of a width: the root of (gamma + 1)^(1/2) (gamma + 2)^-1 (gamma + 3)^-1/2 = width, which falls
    /// with gamma, by bisection.
    static func exponent(_ width: Double) -> Double {
        var (low, high) = (0.0, 1000.0)
        for _ in 0..<100 {
            let middle = 0.5 * (low + high)
            let reached = ((middle + 1) / (middle + 3)).squareRoot() / (middle + 2)
            if reached > width { low = middle } else { high = middle }
        }
        return 0.5 * (low + high)
    }

    /// What the average takes of the weights at time `now`, the last update having been `step` before: 1 - beta of
    /// eq. 127, beta = (1 - step/now)^(gamma + 1). All of them at the first step.
    func share(now: Int, step: Int) -> Float {
        Float(-ElementaryFunctions.expm1((gamma + 1) * ElementaryFunctions.log(max(0, 1 - Double(step) / Double(now)))))
    }

    /// The inner product of the profiles of two averages, taken at times `a` and `b` (algorithm 3).
    static func product(_ a: (time: Double, gamma: Double), _ b: (time: Double, gamma: Double)) -> Double {
        let exponent = a.time < b.time ? b.gamma : -a.gamma
        let ratio = ElementaryFunctions.pow(a.time / b.time, exponent)
        return (a.gamma + 1) * (b.gamma + 1) * ratio / ((a.gamma + b.gamma + 1) * max(a.time, b.time))
    }
}
