import Numbers

/// How the noise levels of a run are spread between the highest and the lowest, where they are not those of chosen
/// training timesteps. The names are those of diffusers' `use_..._sigmas` and `use_lu_lambdas`.
public enum SigmaSpacing: String, Sendable, CaseIterable {
    /// Even in sigma^(1/rho), rho = 7 (Karras et al. 2022, eq. 5).
    case karras
    /// Even in ln sigma.
    case exponential
    /// Even in lambda = -ln sigma (Lu et al. 2022); as `exponential`, with timesteps rounded by the solvers that round.
    case lu
    /// Quantiles of the Beta distribution (Lee et al. 2024, "Beta sampling is all you need"), alpha = beta = 0.6.
    case beta

    /// `count` levels from `highest` to `lowest`, both positive.
    func levels(from highest: Double, to lowest: Double, count: Int, rho: Double = 7) -> [Double] {
        // numpy.linspace(0, 1, count)
        let ramp = (0..<count).map { count > 1 ? Double($0) / Double(count - 1) : 0 }
        switch self {
        case .karras:
            let first = ElementaryFunctions.pow(highest, 1 / rho)
            let last = ElementaryFunctions.pow(lowest, 1 / rho)
            return ramp.map { ElementaryFunctions.pow(first + $0 * (last - first), rho) }
        case .exponential, .lu:
            let (first, last) = (ElementaryFunctions.log(highest), ElementaryFunctions.log(lowest))
            return ramp.map { ElementaryFunctions.exp(first + $0 * (last - first)) }
        case .beta:
            return ramp.map { lowest + BetaDistribution.quantile(1 - $0, shape: 0.6) * (highest - lowest) }
        }
    }
}

/// The symmetric Beta distribution.
enum BetaDistribution {
    /// Where the distribution function is `probability`, in 0 ... 1. Both shape parameters are `shape`, in (0, 1].
    static func quantile(_ probability: Double, shape: Double) -> Double {
        guard probability > 0 else { return 0 }
        guard probability < 1 else { return 1 }
        // By symmetry only the lower half is needed, where the series is good.
        if probability > 0.5 { return 1 - quantile(1 - probability, shape: shape) }
        let total = 2 * incomplete(0.5, shape: shape)
        var (low, high) = (0.0, 0.5)
        while true {
            let middle = 0.5 * (low + high)
            if middle <= low || middle >= high { return middle }
            if incomplete(middle, shape: shape) < probability * total { low = middle } else { high = middle }
        }
    }

    /// The incomplete Beta function, int_0^x (t (1 - t))^(shape - 1) dt for x <= 1/2, by the series of (1 - t)^(shape -
    /// 1).
    private static func incomplete(_ x: Double, shape: Double) -> Double {
        guard x > 0 else { return 0 }
        var (term, sum) = (1.0, 0.0)
        for n in 0..<80 {
            sum += term / (shape + Double(n))
            term *= x * (1 - shape + Double(n)) / Double(n + 1)
        }
        return sum * ElementaryFunctions.pow(x, shape)
    }
}
