import Diffusion
import Images
import Testing

struct LinearOperatorTests {
    /// Each with the size of what it measures, of 3 x 8 x 16 values.
    private static let operators: [(any LinearOperator, measured: Int)] = [
        (MaskOperator(keep: (0..<128).map { $0 % 3 == 0 ? 1 : 0 }), 384),
        (MeanPoolOperator(scale: 2, width: 16, height: 8), 96), (MeanPoolOperator(scale: 4, width: 16, height: 8), 24),
        (MeanPoolOperator(scale: 8, width: 16, height: 8), 6), (ChannelMeanOperator(channels: 3), 128),
        (CompositeOperator(outer: ChannelMeanOperator(channels: 3), inner: MeanPoolOperator(scale: 4, width: 16, height: 8)), 8),
    ]

    private func numbers(_ count: Int, _ seed: Float) -> [Float] {
        (0..<count).map { i in (Float(i) * 0.7310585 + seed).truncatingRemainder(dividingBy: 2) - 1 }
    }

    private func product(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }

    /// The four conditions of Moore and Penrose, by A A+ = 1 on what A gives, and A+ = A^T / s^2.
    @Test func pseudoinversesAreOnes() {
        for (system, count) in Self.operators {
            let (x, z) = (numbers(384, 0.3), numbers(384, 0.11))
            let y = system.measure(x)
            #expect(y.count == count)
            #expect(Fixture.largestDifference(system.measure(system.pseudoinverse(y)), y) < 1e-6)
            let seen = system.pseudoinverse(y)
            #expect(Fixture.largestDifference(system.pseudoinverse(system.measure(seen)), seen) < 1e-6)
            // <A x, A z> = s^2 <A+ A x, z>: the only singular value, and a symmetric projection.
            let squared = system.singularValue * system.singularValue
            #expect((product(y, system.measure(z)) - squared * product(seen, z)).magnitude < 1e-4)
            #expect((product(seen, z) - product(x, system.pseudoinverse(system.measure(z)))).magnitude < 1e-4)
        }
    }

    @Test func projectionsAgreeAndChangeNothingElse() {
        for (system, _) in Self.operators {
            let (x, y) = (numbers(384, 0.3), system.measure(numbers(384, 0.11)))
            var projected = x
            system.project(&projected, measured: y)
            #expect(Fixture.largestDifference(system.measure(projected), y) < 1e-6)
            let unseen = { (v: [Float]) in zip(v, system.pseudoinverse(system.measure(v))).map { $0 - $1 } }
            #expect(Fixture.largestDifference(unseen(projected), unseen(x)) < 1e-6)
        }
    }

    /// fresh^2 + direction^2 + (a L sy / s)^2 = st^2: the next level has the noise it should.
    @Test func weightsOfDDNMPlusKeepTheNoise() {
        var regimes = Set<Bool>()
        for alphaBar in [0, 1e-9, 0.001, 0.1, 0.5, 0.9, 0.999, 1] {
            for eta in [0, 0.3, 0.85, 1] {
                for deviation in [0, 0.001, 0.1, 0.5, 2] {
                    for s in [1, 0.5, 0.25, 0.125, 0.07] {
                        let c = DDNMCoefficients(alphaBar: alphaBar, eta: eta, deviation: deviation, singularValue: s)
                        func square(_ x: Float) -> Double { Double(x) * Double(x) }
                        let carried = alphaBar * square(c.correction) * deviation * deviation / (s * s)
                        #expect((square(c.seen.fresh) + square(c.seen.direction) + carried - (1 - alphaBar)).magnitude < 1e-6)
                        #expect((square(c.unseen.fresh) + square(c.unseen.direction) - (1 - alphaBar)).magnitude < 1e-6)
                        #expect((0...1).contains(c.correction))
                        if deviation > 0 { regimes.insert(c.correction == 1) }
                    }
                }
            }
        }
        #expect(regimes.count == 2)
    }

    @Test func upsamplingIsThatOfTorch() throws {
        for golden in try #require(Fixture.json("restoration.json")["upsampling"]?.array) {
            let upsampling = try #require(golden["mode"]?.string.flatMap { Upsampling(rawValue: $0) })
            let made = upsampling.enlarge(
                try Fixture.floats(golden["input"]), width: 5, height: 3, scale: try #require(golden["scale"]?.number?.int))
            #expect(Fixture.largestDifference(made, try Fixture.floats(golden["output"])) < 5e-7)
        }
    }
}
