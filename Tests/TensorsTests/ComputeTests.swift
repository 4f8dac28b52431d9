import Synchronization
import TestSupport
import Testing

@testable import Tensors

/// What a worker computes with: the evaluations it leaves, and the memory it holds.
struct ComputeTests {
    private final class Owner {}

    /// A chain of all kinds of operations over one image and its copies.
    private struct Chain {
        var owner = Owner()
        let size: Int
        var attends = true
        static let square = ConvolutionShape(sources: [16], outputs: 16, kernel: .square(3), padding: .same(1))
        let first = Convolution(square, weight: ramp(16 * 16 * 9, seed: 3), bias: nil)
        let tiled = Convolution(
            square, weight: ramp(16 * 16 * 9, seed: 4), bias: nil, plan: ConvolutionPlan(height: 64, width: 64))
        let project = Convolution(
            ConvolutionShape(sources: [16], outputs: 48), weight: ramp(48 * 16, seed: 5), bias: nil)
        let norm = GroupNorm(groups: 4, epsilon: 1e-5, weight: ramp(16, seed: 6), bias: ramp(16, seed: 7))
        let attention = Attention(heads: 2, headWidth: 8)

        func callAsFunction(_ compute: Compute, batch: Int = 1) throws -> [[Float]] {
            let images = (0..<batch).map { ramp(16 * size * size, seed: UInt64(20 + $0)) }
            return try compute.run(owner, batch: batch, height: size, width: size) { pass in
                let x = pass.activation(images: images, channels: 16, height: size, width: size)
                let result = forward(x, pass)
                return pass.isMeasuring ? [] : result.images()
            }
        }

        func forward(_ x: Activation, _ pass: Pass) -> Activation {
            let a = first(.init([x]), .init(moments: true), pass)
            let b = tiled(.init([a], norm: norm([a], pass), activation: .silu), .init(residual: a), pass)
            pass.release(a)
            if !attends { return b }
            return attention(project(.init([b.pooled(pass)]), .init(), pass), pass)
        }
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

    @Test(arguments: [1, 3]) func anEvaluationThatNobodyWantsIsLeftWhereverItIs(threads: Int) throws {
        let chain = Chain(size: 16), compute = Compute(threads: threads)
        let expected = try chain(Compute(threads: 1))
        let all = Patience(.max)
        compute.isWanted = { all.isWanted }
        #expect(try chain(compute) == expected)
        let questions = all.asked.load(ordering: .relaxed)
        #expect(questions > 10)
        for count in 0..<questions {
            let patience = Patience(count)
            compute.isWanted = { patience.isWanted }
            // Never something half done.
            #expect(throws: EvaluationAbandoned()) { try chain(compute) }
            // Once it has been told, no thread asks again, let alone computes: each may have been asking at that
            // moment.
            #expect(patience.asked.load(ordering: .relaxed) <= count + threads)
            // What has been left is no obstacle to what comes next.
            compute.isWanted = nil
            #expect(try chain(compute) == expected)
        }
    }

    @Test func whatIsWantedAgainIsNotTakenUpHalfWay() throws {
        let chain = Chain(size: 16), compute = Compute(threads: 2)
        let asked = Atomic(0)
        compute.isWanted = { asked.add(1, ordering: .relaxed).newValue != 5 }
        #expect(throws: EvaluationAbandoned()) { try chain(compute) }
    }

    @Test func aLayerOfManyTileRowsIsLeftInItsMiddle() throws {
        // 16 channels at 96 x 96: strips of many steps.
        let chain = Chain(size: 96), compute = Compute(threads: 1)
        let all = Patience(.max)
        compute.isWanted = { all.isWanted }
        _ = try chain(compute)
        // For each step of the strips, two tile rows of six, and each row that is pooled.
        #expect(all.asked.load(ordering: .relaxed) > 96 / 12 + 96 / 2)
    }

    /// The last layer of a network that makes grey images has two items only.
    @Test func aLayerOfOneOutputIsLeftBetweenItsRows() throws {
        let last = Convolution(
            ConvolutionShape(sources: [16], outputs: 1, kernel: .square(3), padding: .same(1)),
            weight: ramp(16 * 9, seed: 3), bias: nil, plan: ConvolutionPlan(height: 96, width: 96))
        #expect("\(last)".hasSuffix("collected"))
        let compute = Compute(threads: 1), owner = Owner(), all = Patience(.max)
        compute.isWanted = { all.isWanted }
        try compute.run(owner, batch: 1, height: 96, width: 96) { pass in
            let x = pass.activation(images: [ramp(16 * 96 * 96, seed: 4)], channels: 16, height: 96, width: 96)
            _ = last(.init([x]), .init(), pass)
        }
        #expect(all.asked.load(ordering: .relaxed) >= 96)
    }

    @Test(arguments: [1, 2, 3, 8]) func whatIsBookedIsWhatIsHeld(threads: Int) throws {
        for (size, batch) in [(8, 1), (16, 3), (32, 1), (32, 9), (96, 2)] {
            let chain = Chain(size: size), compute = Compute(threads: threads)
            let cost = Compute.cost(threads: threads) { pass in
                _ = chain.forward(pass.allocate(batch: batch, height: size, width: size, channels: 16), pass)
            }
            _ = try chain(compute, batch: batch)
            #expect(compute.memory == cost.bytes, "\(size), batch \(batch)")
        }
    }

    @Test func muchMoreThanRunsNeedIsGivenBack() throws {
        let large = Chain(size: 640, attends: false), small = Chain(size: 16), compute = Compute(threads: 2)
        _ = try small(compute)
        let few = compute.memory
        let expected = try small(compute)
        _ = try large(compute)
        let many = compute.memory
        #expect(many > 64 << 20 && few < many / 4)
        // Not at once: it may be needed again in a moment.
        for _ in 0..<2 { _ = try small(compute) }
        #expect(compute.memory == many)
        _ = try large(compute)
        for _ in 0..<3 { #expect(try small(compute) == expected) }
        #expect(compute.memory == few)
        compute.rest()
        #expect(compute.memory == 0)
        #expect(try small(compute) == expected)
    }

    @Test func whoHasRunIsNotKept() throws {
        let compute = Compute(threads: 1)
        var chain = Chain(size: 16)
        _ = try chain(compute)
        _ = try chain(compute, batch: 3)
        weak var owner: Owner?
        owner = chain.owner
        #expect(owner != nil)
        chain.owner = Owner()
        #expect(owner == nil)
    }

    @Test func whoComesToTheAddressOfOneThatIsGoneIsMeasured() throws {
        var chain = Chain(size: 16)
        let kinds = try [false, true].map { attends in
            let compute = Compute(threads: 1)
            chain.attends = attends
            return (attends: attends, images: try chain(compute), memory: compute.memory)
        }
        #expect(kinds[0].memory != kinds[1].memory)
        let compute = Compute(threads: 1)
        for number in 0..<64 {
            let kind = kinds[number / 3 % 2]
            (chain.owner, chain.attends) = (Owner(), kind.attends)
            compute.rest()
            #expect(try chain(compute) == kind.images)
            #expect(compute.memory == kind.memory)
        }
    }
}
