import TestSupport
import Testing

@testable import Tensors

/// AdamW's update against one element after the other, bit by bit.
struct AdamWKernelTests {
    static let factors = AdamWFactors(
        gradientScale: 0.37, decay: 0.99999, firstShare: 0.1, secondBeta: 0.99, secondShare: 0.01, correction: 0.31,
        epsilon: 1e-8, size: 3e-3)

    /// Every tier, counts that fill no register, no chunk, or are none at all.
    @Test(arguments: KernelTier.available, [0, 1, 7, 16, 33, 1 << 14, (1 << 15) + 77])
    func everyElementIsTheScalarFormulas(tier: KernelTier, count: Int) {
        let start = (0..<4).map { doubles(count, seed: UInt64($0 + 1)).map { Float($0) } }
        var (weights, first, gradients) = (start[0], start[1], start[3])
        var second = start[2].map { $0 * $0 }
        let expected = (0..<count).map { i in
            Self.expected(weights[i], first[i], second[i], gradients[i])
        }
        let compute = Compute(threads: 2, tier: tier)
        compute.descend(weights: &weights, first: &first, second: &second, gradients: &gradients, by: Self.factors)
        #expect(weights == expected.map(\.0) && first == expected.map(\.1) && second == expected.map(\.2))
        #expect(gradients.allSatisfy { $0 == 0 })
    }

    /// Weight and moments after a step.
    private static func expected(_ w: Float, _ m: Float, _ v: Float, _ g: Float) -> (Float, Float, Float) {
        let gradient = g * factors.gradientScale
        let mean = m + factors.firstShare * (gradient - m)
        let square = v * factors.secondBeta + factors.secondShare * (gradient * gradient)
        let divisor = square.squareRoot() / factors.correction + factors.epsilon
        return (w * factors.decay - factors.size * (mean / divisor), mean, square)
    }
}
