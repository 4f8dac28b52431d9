import Numbers

/// A variance-preserving process in continuous time t in [0, 1] (Song et al. 2021, appendix B; the cosine form of
/// Nichol & Dhariwal 2021): x_t = m(t) x_0 + std(t) z. Double precision.
public enum ContinuousSchedule: Sendable, Equatable {
    /// beta(t) = minimum + t (maximum - minimum); score_sde takes 0.1 and 20.
    case linear(minimum: Double, maximum: Double)
    /// beta(t) = (root + t (end - root))^2: evenly spaced square roots, `root` and `end` being those at t = 0 and 1.
    case quadratic(root: Double, end: Double)
    /// abar(t) = cos^2(((t + s)/(1 + s)) pi/2) / cos^2((s/(1 + s)) pi/2), s = 0.008.
    case cosine

    private static let offset = 0.008
    /// beta(t) of the cosine grows beyond bounds at t = 1; 999 is 1000 times the discrete cap of 0.999.
    public static let maximumBeta = 999.0

    /// The rate of noise; dx = -beta/2 x dt + sqrt(beta) dw.
    public func beta(_ t: Double) -> Double {
        switch self {
        case .linear(let minimum, let maximum):
            return minimum + t * (maximum - minimum)
        case .quadratic(let root, let end):
            let value = root + t * (end - root)
            return value * value
        case .cosine:
            let turn = ElementaryFunctions.sinCos((t + Self.offset) / (1 + Self.offset) * (Double.pi / 2))
            let rate = Double.pi / (1 + Self.offset) * (turn.sine / turn.cosine)
            // At t = 1 the cosine is 0 or a rounding error of either sign.
            return turn.cosine > 0 ? min(rate, Self.maximumBeta) : Self.maximumBeta
        }
    }

    /// ln m(t); -infinity at the end of the cosine.
    public func logMean(_ t: Double) -> Double {
        switch self {
        case .linear(let minimum, let maximum):
            return -0.25 * t * t * (maximum - minimum) - 0.5 * t * minimum
        case .quadratic(let root, let end):
            // -1/2 int beta: t (a^2 + a d t + d^2 t^2/3).
            let slope = end - root
            return -0.5 * t * (root * root + root * slope * t + slope * slope * t * t / 3)
        case .cosine:
            return ElementaryFunctions.log(mean(t))
        }
    }

    /// m(t) = sqrt(abar(t)), the factor of the image, in [0, 1].
    public func mean(_ t: Double) -> Double {
        switch self {
        case .linear, .quadratic: return ElementaryFunctions.exp(logMean(t))
        case .cosine:
            let start = ElementaryFunctions.cos(Self.offset / (1 + Self.offset) * (Double.pi / 2))
            let angle = (t + Self.offset) / (1 + Self.offset) * (Double.pi / 2)
            return max(0, min(1, ElementaryFunctions.cos(angle) / start))
        }
    }

    /// std(t) = sqrt(1 - m^2), the factor of the noise, in [0, 1].
    public func standardDeviation(_ t: Double) -> Double {
        switch self {
        case .linear, .quadratic: return (-ElementaryFunctions.expm1(2 * logMean(t))).squareRoot()
        case .cosine:
            // cos^2 b - cos^2 a = sin(a - b) sin(a + b): no cancellation near t = 0.
            let quarter = Double.pi / 2 / (1 + Self.offset)
            let product =
                ElementaryFunctions.sin(t * quarter) * ElementaryFunctions.sin((t + 2 * Self.offset) * quarter)
            return min(1, product.squareRoot() / ElementaryFunctions.cos(Self.offset * quarter))
        }
    }

    /// The discrete schedule whose tables are this process at n evenly spaced times: the form in which a model folder
    /// stores it, so that diffusers reads it too.
    public func discretised(steps: Int) -> BetaSchedule {
        switch self {
        case .linear(let minimum, let maximum): .linear(start: minimum / Double(steps), end: maximum / Double(steps))
        case .quadratic(let root, let end):
            .scaledLinear(start: root * root / Double(steps), end: end * end / Double(steps))
        case .cosine: .squaredCosine
        }
    }

    /// The process that a discrete schedule stands for; nil for those that were not made from one.
    public init?(_ schedule: BetaSchedule, steps: Int) {
        let count = Double(steps)
        switch schedule {
        case .linear(let start, let end): self = .linear(minimum: start * count, maximum: end * count)
        case .scaledLinear(let start, let end):
            self = .quadratic(root: (start * count).squareRoot(), end: (end * count).squareRoot())
        case .squaredCosine: self = .cosine
        case .sigmoid, .laplace, .trained: return nil
        }
    }
}
