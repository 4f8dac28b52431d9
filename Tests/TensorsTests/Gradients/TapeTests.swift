import Synchronization
import Testing

@testable import Tensors

/// How gradients come together from operation to operation, and what a recorded pass books, holds and leaves behind.
struct TapeTests {
    /// Of a chain in which some activations are read two and four times: their readers' gradients add up.
    @Test func aChainEqualsDifferences() throws {
        GradientChain.differences().expect(
            try GradientChain().gradients(Compute(threads: 2)), GradientChain(), most: 16)
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

    /// Gradients are added to what stands there: a second time to the first.
    @Test func parametersGradientsAreAddedUp() throws {
        let chain = GradientChain(asksForImage: false), compute = Compute(threads: 2), owner = TestNetwork()
        func run(_ gradients: inout [Float]) throws {
            try compute.runRecorded(owner, batch: 2, height: 6, width: 10, gradients: &gradients) { pass in
                let inputs = InputGradients()
                pass.rewind(chain.forward(pass, inputs), gradient: Self.coefficients)
            }
        }
        var once = [Float](repeating: 0, count: chain.places.count), twice = once
        var standing = [Float](repeating: 2, count: chain.places.count)
        try run(&once)
        for _ in 0..<2 { try run(&twice) }
        try run(&standing)
        let norm = once.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        #expect(distance(twice, once.map { 2 * Double($0) }) < 1e-6 * norm)
        #expect(distance(standing, once.map { 2 + Double($0) }) < 1e-6 * (norm + 2))
    }

    private static var coefficients: [[Float]] {
        let all = GradientChain.coefficients
        return [Array(all[..<(all.count / 2)]), Array(all[(all.count / 2)...])]
    }

    /// What is computed does not change for being recorded; and a pass that is not keeps nothing.
    @Test func recordingChangesNoBit() throws {
        let chain = GradientChain(), owner = TestNetwork()
        for tier in KernelTier.available {
            let compute = Compute(threads: 2, tier: tier)
            var plain: [[Float]] = [], recorded: [[Float]] = []
            var gradients = [Float](repeating: 0, count: chain.places.count)
            // The same owner and shape: a recorded pass needs more memory, and is measured by itself.
            for _ in 0..<2 {
                try compute.run(owner, batch: 2, height: 6, width: 10) { pass in
                    let result = chain.forward(pass, InputGradients())
                    if !pass.isMeasuring { plain = result.images() }
                    pass.release(result)
                    #expect(pass.held == 0 && !pass.isRecording)
                }
                try compute.runRecorded(owner, batch: 2, height: 6, width: 10, gradients: &gradients) { pass in
                    #expect(pass.isRecording)
                    let result = chain.forward(pass, InputGradients())
                    if !pass.isMeasuring { recorded = result.images() }
                    let held = pass.held
                    pass.release(result)
                    #expect(pass.held == held, "something recorded was given back")
                    pass.rewind(result, gradient: Self.coefficients)
                    #expect(pass.held == 0)
                }
                #expect(plain == recorded)
            }
        }
    }

    @Test(arguments: [1, 2, 3]) func whatIsBookedIsWhatIsHeld(threads: Int) throws {
        let chain = GradientChain(), compute = Compute(threads: threads)
        let cost = Compute.recordedCost(threads: threads) { pass in
            pass.rewind(chain.forward(pass, InputGradients()), gradient: [])
        }
        _ = try chain.gradients(compute)
        #expect(compute.memory == cost.bytes)
        // Backwards a layer takes its products once more for its input and once more for its weights, attention two and
        // a half times; nothing for what is a leaf.
        let forward = Compute.cost(threads: threads) { _ = chain.forward($0, InputGradients()) }
        #expect(cost.multiplyAdds > 5 * forward.multiplyAdds / 2 && cost.multiplyAdds < 7 * forward.multiplyAdds / 2)
    }

    /// Says yes so many times.
    private final class Patience: Sendable {
        private let left: Atomic<Int>
        let asked = Atomic(0)

        init(_ count: Int) { left = Atomic(count) }

        var isWanted: Bool {
            asked.add(1, ordering: .relaxed)
            return left.subtract(1, ordering: .relaxed).oldValue > 0
        }
    }

    /// Wherever it is left, forward or backward, it says so, and is no obstacle to what comes next.
    @Test(arguments: [1, 3]) func aPassThatNobodyWantsIsLeftWhereverItIs(threads: Int) throws {
        let chain = GradientChain(asksForImage: false), compute = Compute(threads: threads), owner = TestNetwork()
        func gradients() throws -> [Float] {
            var gradients = [Float](repeating: 0, count: chain.places.count)
            try compute.runRecorded(owner, batch: 2, height: 6, width: 10, gradients: &gradients) { pass in
                pass.rewind(chain.forward(pass, InputGradients()), gradient: Self.coefficients)
            }
            return gradients
        }
        let all = Patience(.max)
        compute.isWanted = { all.isWanted }
        let expected = try gradients(), questions = all.asked.load(ordering: .relaxed)
        #expect(questions > 100)
        for count in stride(from: 0, to: questions, by: max(1, questions / 40)) {
            let patience = Patience(count)
            compute.isWanted = { patience.isWanted }
            #expect(throws: EvaluationAbandoned()) { try gradients() }
            compute.isWanted = nil
            #expect(try gradients() == expected)
        }
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
