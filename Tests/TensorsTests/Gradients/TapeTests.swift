import TestSupport
import Testing

@testable import Tensors

/// How gradients come together from operation to operation.
struct TapeTests {
    /// Of a chain in which some activations are read two and four times: their readers' gradients add up.
    @Test func aChainEqualsDifferences() throws {
        GradientChain.differences().expect(
            try GradientChain().gradients(Compute(threads: 2)), GradientChain(), most: 16, bound: 5e-4)
    }

    /// Of all elements at once: the derivative along random directions.
    @Test(arguments: [1, 2, 3] as [UInt64]) func aChainsDirectionalDerivativesEqualDifferences(seed: UInt64) throws {
        let gradients = try GradientChain().gradients(Compute(threads: 2))
        let (values, differences) = (GradientChain.values, GradientChain.differences())
        let directions = Dictionary(
            uniqueKeysWithValues: values.map { name, values in
                (name, doubles(values.count, seed: seed * 1000 + UInt64(name.utf8.reduce(0) { $0 + Int($1) })))
            })
        func loss(at t: Double) -> Double {
            let moved = values.merging(directions) { x, d in zip(x, d).map { $0 + t * $1 } }
            return differences.loss(moved, .init(name: "", index: 0))
        }
        let exact = (loss(at: 1e-5) - loss(at: -1e-5)) / 2e-5
        var along = 0.0, norm = 0.0
        for (name, gradient) in gradients {
            for (g, d) in zip(gradient, directions[name] ?? []) {
                along += Double(g) * d
                norm += Double(g) * Double(g)
            }
        }
        #expect(abs(along - exact) < 1e-5 * norm.squareRoot())
    }

    @Test(arguments: [false, true]) func aChainsBitsDependOnNeitherThreadsNorTier(asksForImage: Bool) throws {
        try expectSameBits("chain") { try GradientChain(asksForImage: asksForImage).gradients($0) }
    }

    /// Nobody computes a leaf's gradient, and the others' are the same bits without it.
    @Test func aLeafAsksForNothing() throws {
        let compute = Compute(threads: 2)
        var all = try GradientChain().gradients(compute)
        #expect(all.removeValue(forKey: "image") != nil)
        #expect(try GradientChain(asksForImage: false).gradients(compute) == all)
        _ = try compute.differentiate(TestPlaces(), coefficients: [1, 1]) { pass, _ in
            let leaf = pass.activation(images: [[1, 2]], channels: 2, height: 1, width: 1)
            let copy = leaf.copy(pass)
            #expect(!pass.needsGradient(leaf) && pass.needsGradient(copy))
            return copy
        }
    }

    /// What the result is not made of has no gradient, adds none, and leaves nothing behind.
    @Test func whatNobodyReadsHasNoGradient() throws {
        let weight = ramp(16 * 16 * 9), x = Planes(2, 16, 5, 6, values: doubles(2 * 16 * 30, seed: 3))
        let shape = ConvolutionShape(sources: [16], outputs: 16, kernel: .square(3), padding: .same(1))
        func gradients(unread: Bool) throws -> [String: [Float]] {
            var places = TestPlaces()
            func layer(_ name: String) -> Convolution {
                let start = places.add("\(name).weight", weight.count)
                return Convolution(
                    shape, weight: weight, bias: nil,
                    places: ParameterPlaces(weight: start, bias: places.add("\(name).bias", 16), outputs: 16))
            }
            let (read, other) = (layer("read"), layer("other"))
            let coefficients = ramp(2 * 16 * 30, seed: 9)
            return try Compute(threads: 2).differentiate(places, coefficients: coefficients) { pass, inputs in
                let input = inputs.input("x", x, pass)
                if unread { _ = other(.init([input]), .init(), pass).upsampled(pass) }
                return read(.init([input]), .init(), pass)
            }
        }
        let with = try gradients(unread: true)
        #expect(with == (try gradients(unread: false)))
        #expect(with["other.weight"]?.allSatisfy { $0 == 0 } == true)
        #expect(with["read.weight"]?.contains { $0 != 0 } == true)
    }

    /// Rows of a table are looked up; what they are given as takes its gradient where its owner says.
    @Test func rowsGiveTheirGradientToTheirOwner() throws {
        let rows = [ramp(20, seed: 1), ramp(20, seed: 2), ramp(20, seed: 3)], weight = ramp(24 * 20, seed: 4)
        let layer = Convolution(
            ConvolutionShape(sources: [20], outputs: 24), weight: weight, bias: nil,
            places: ParameterPlaces(weights: [], biases: []))
        let coefficients = ramp(24 * 3, seed: 5)  // [24, 1, 3]
        var places = TestPlaces()
        let start = places.add("table", 4 * 20)
        let table = try Compute(threads: 2).differentiate(places, coefficients: coefficients) { pass, _ in
            let x = pass.activation(rows: rows) { gradient in
                gradient.add(row: 0, times: 1, to: start)
                gradient.add(row: 1, times: -0.5, to: start + 40)
                gradient.add(row: 2, times: 2, to: start + 40)
            }
            return layer(.init([x]), .init(), pass)
        }["table"]
        let exact = (0..<3).map { n in
            (0..<20).map { i in
                (0..<24).reduce(0.0) { $0 + Double(coefficients[$1 * 3 + n]) * Double(weight[$1 * 20 + i]) }
            }
        }
        let expected = [exact[0], exact[0].map { _ in 0 }, zip(exact[1], exact[2]).map { -0.5 * $0 + 2 * $1 }]
        let sums = try #require(table)
        #expect(distance(Array(sums[..<60]), expected.flatMap(\.self)) < 4e-6)
        #expect(sums[60...].allSatisfy { $0 == 0 })
    }
}
