import Numbers

/// How often each noise level is trained on.
public enum NoiseDensity: Sendable, Equatable {
    /// Every time alike (Ho et al. 2020).
    case uniform
    /// ln snr is normal. EDM's ln sigma ~ N(-1.2, 1.2^2) is mean 2.4 and deviation 2.4 (Karras et al. 2022, table 1),
    /// EDM2's of 64 pixels 1.6 and 3.2 (Karras et al. 2024).
    case logSNRNormal(mean: Double, deviation: Double)
    /// ln snr is Laplace-distributed (Hang & Gu 2024, "Improved noise schedule for diffusion training").
    case logSNRLaplace(mean: Double, deviation: Double)

    /// The probability of a logarithm of snr below `logSNR`; nil for `uniform`, which is a density of times.
    func probability(below logSNR: Double) -> Double? {
        switch self {
        case .uniform: return nil
        case .logSNRNormal(let mean, let deviation):
            return NormalQuantile.probability(below: (logSNR - mean) / deviation)
        case .logSNRLaplace(let mean, let deviation):
            let x = (logSNR - mean) / Self.laplaceScale(deviation)
            return x < 0 ? 0.5 * ElementaryFunctions.exp(x) : 1 - 0.5 * ElementaryFunctions.exp(-x)
        }
    }

    /// The logarithm of snr under which `probability`, strictly between 0 and 1, lies; nil for `uniform`.
    func logSNR(probability p: Double) -> Double? {
        switch self {
        case .uniform: return nil
        case .logSNRNormal(let mean, let deviation): return mean + deviation * NormalQuantile.value(p)
        case .logSNRLaplace(let mean, let deviation):
            let x = p < 0.5 ? ElementaryFunctions.log(2 * p) : -ElementaryFunctions.log(2 * (1 - p))
            return mean + Self.laplaceScale(deviation) * x
        }
    }

    /// b of exp(-|x|/b)/2b: the deviation is sqrt(2) b.
    private static func laplaceScale(_ deviation: Double) -> Double { deviation / 2.0.squareRoot() }
}
