import TestSupport
import Testing

@testable import Tensors

/// The filter transform, U = G g G^T.
struct WinogradWeightsTests {
    static let sources = [12, 20], outputs = 20

    static func weights(_ output: Int, _ form: WinogradWeights.Form, _ tier: KernelTier) -> WinogradWeights {
        let weight = ramp(outputs * sources.reduce(0, +) * 9, seed: 5)
        let packed = PackedWeights(
            weight: weight, outputs: outputs, sources: sources, kernel: .square(3), isByChannel: true)
        return WinogradWeights(packed, output: output, form: form, tier: tier)
    }

    /// Rows of G for a tile of `output` outputs: a scale times the powers of a point, or the highest one at infinity
    /// (Lavin & Gray 2016, section 4).
    static func g(_ output: Int) -> [[Double]] {
        func row(_ point: Double, _ scale: Double) -> [Double] { [scale, scale * point, scale * point * point] }
        if output == 2 { return [row(0, 1), row(1, 0.5), row(-1, 0.5), [0, 0, 1]] }
        let six = [row(0, 1), row(1, -2 / 9), row(-1, -2 / 9), row(2, 1 / 90), row(-2, 1 / 90), [0, 0, 1]]
        return output == 4 ? six : six + [row(0.5, 32 / 45), row(-0.5, 32 / 45)]
    }

    /// U of every point, output and padded input, [i][j][panel][input][16].
    static func naive(_ output: Int) -> [Double] {
        let g = g(output), inputs = sources.reduce(0, +), position = PackedWeights.positions(sources)
        let weight = ramp(outputs * inputs * 9, seed: 5).map(Double.init), depth = 48, columns = 32
        var u = [Double](repeating: 0, count: g.count * g.count * columns * depth)
        for i in g.indices {
            for j in g.indices {
                for o in 0..<outputs {
                    for c in 0..<inputs {
                        var sum = 0.0
                        for tap in 0..<9 {
                            sum += g[i][tap / 3] * weight[(o * inputs + c) * 9 + tap] * g[j][tap % 3]
                        }
                        let plane = (i * g.count + j) * columns * depth
                        u[plane + (o / 16 * depth + position[c]) * 16 + o % 16] = sum
                    }
                }
            }
        }
        return u
    }

    private func values(_ weights: WinogradWeights) -> [Float] {
        let planes = weights.planes
        return (0..<planes.count).map { planes.view[$0] }
    }

    @Test(arguments: [2, 4, 6]) func everyTierEqualsTheDefinition(output: Int) {
        let first = values(Self.weights(output, .atLoad, KernelTier.available[0]))
        #expect(distance(first, Self.naive(output)) < 1e-6)
        for tier in KernelTier.available {
            let weights = Self.weights(output, .atLoad, tier)
            #expect(values(weights).map(\.bitPattern) == first.map(\.bitPattern), "\(tier) differs in bits")
            #expect(weights.floats.held == first.count && weights.floats.made == 0 && weights.untransformed == nil)
        }
    }

    @Test(arguments: [2, 4, 6]) func whatIsGivenBackIsMadeAgain(output: Int) {
        for tier in KernelTier.available {
            let weights = Self.weights(output, .forMany, tier), first = values(weights)
            #expect(first == values(Self.weights(output, .atLoad, tier)))
            weights.giveBackMade()
            #expect(values(weights) == first)
            #expect(weights.floats.held == 9 * 48 * 32 && weights.floats.made == first.count)
        }
    }

    /// Two rows of planes at a time are all rows, each once.
    @Test(arguments: [2, 4, 6]) func pairsAreAllPoints(output: Int) {
        let points = WinogradWeights.pairs(output).flatMap { [$0.first, $0.second] }
        #expect(points.sorted() == Array(0..<output + 2))
    }
}
