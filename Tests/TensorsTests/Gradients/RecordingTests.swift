import Synchronization
import Testing

@testable import Tensors

/// What a recorded pass adds to, books, holds and leaves behind.
struct RecordingTests {
    /// Gradients are added to what stands there: a second time to the first.
    @Test func parametersGradientsAreAddedUp() throws {
        let chain = GradientChain(asksForImage: false), compute = Compute(threads: 2), owner = TestNetwork()
        func run(_ gradients: inout [Float]) throws {
            try compute.runRecorded(owner, Self.batch, gradients: &gradients) { pass in
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

    private static let batch = Compute.Batch(count: 2, height: 6, width: 10)

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
                try compute.runRecorded(owner, Self.batch, gradients: &gradients) { pass in
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
        // a half times more.
        let forward = Compute.cost(threads: threads) { _ = chain.forward($0, InputGradients()) }
        #expect(cost.multiplyAdds > 5 * forward.multiplyAdds / 2 && cost.multiplyAdds < 7 * forward.multiplyAdds / 2)
    }

    private struct Refusal: Error {}

    /// A pass that is left by an error, before its gradients are taken or while they are asked for, keeps nothing: what
    /// its operations recorded is forgotten, and with it the pass that they hold.
    @Test(arguments: [false, true]) func anErrorLeavesNothingRecorded(afterForward: Bool) throws {
        let chain = GradientChain(asksForImage: false), compute = Compute(threads: 2), owner = TestNetwork()
        var gradients = [Float](repeating: 0, count: chain.places.count)
        let left = LeftPass()
        #expect(throws: Refusal.self) {
            try compute.runRecorded(owner, Self.batch, gradients: &gradients) { pass in
                if pass.isMeasuring {
                    pass.rewind(chain.forward(pass, InputGradients()), gradient: Self.coefficients)
                    return
                }
                (left.pass, left.tape) = (pass, pass.tape)
                let x = pass.activation(rows: [[1, 2]]) { _ in }
                _ = x.copy(pass)
                if afterForward { _ = chain.forward(pass, InputGradients()) }
                throw Refusal()
            }
        }
        #expect(left.pass == nil && left.tape == nil, "what was recorded holds the pass")
        #expect(gradients.allSatisfy { $0 == 0 })
    }

    /// A pass that is only measured, and left by an error then, keeps nothing either.
    @Test func anErrorWhileMeasuringLeavesNothingRecorded() {
        let chain = GradientChain(asksForImage: false), compute = Compute(threads: 1), left = LeftPass()
        var gradients = [Float](repeating: 0, count: chain.places.count)
        #expect(throws: Refusal.self) {
            try compute.runRecorded(TestNetwork(), Self.batch, gradients: &gradients) { pass in
                (left.pass, left.tape) = (pass, pass.tape)
                _ = chain.forward(pass, InputGradients())
                throw Refusal()
            }
        }
        #expect(left.pass == nil && left.tape == nil, "what was booked holds the pass")
    }

    /// A pass that is not to outlive its run.
    private final class LeftPass {
        weak var pass: Pass?
        weak var tape: Tape?
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
            try compute.runRecorded(owner, Self.batch, gradients: &gradients) { pass in
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
}
