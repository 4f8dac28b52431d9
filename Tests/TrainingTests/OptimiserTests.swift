import JSON
import Tensors
import Testing

@testable import Training

@Suite struct OptimiserTests {
    /// Twelve steps with clipping against torch.
    @Test(arguments: [1, 2]) func adamWIsTorchs(threads: Int) throws {
        let golden = try Golden.json("adamw.json")
        let start = try Golden.floats(golden["start"])
        let state = TrainingState(weights: start, averages: 0)
        let loops = ElementLoops(compute: Compute(threads: threads))
        for (index, step) in try #require(golden["steps"]?.array).enumerated() {
            var gradients = try Golden.floats(step["gradient"])
            let norm = loops.squares(gradients).squareRoot()
            #expect(try (norm - Golden.double(step["norm"])).magnitude < 1e-5)
            let scale = GradientClip(norm: 1).scale(norm: norm)
            loops.update(
                state, gradients: &gradients,
                AdamW().step(index + 1, rate: try Golden.double(step["rate"]), scale: scale), averageShares: [])
            #expect(gradients == [0, 0, 0, 0, 0])
            for (got, expected) in zip(state.weights, try Golden.floats(step["weights"])) {
                #expect((got - expected).magnitude <= 2e-7 * max(1, expected.magnitude))
            }
        }
    }

    /// On sizes that are no whole chunks.
    @Test func noBitDependsOnThreads() {
        let count = 3 * (1 << 14) + 77
        func run(_ threads: Int) -> ([Float], [Float], Double) {
            let weights = (0..<count).map { Float($0 % 251) / 97 - 1 }
            let state = TrainingState(weights: weights, averages: 1)
            let loops = ElementLoops(compute: Compute(threads: threads))
            var squares = 0.0
            for step in 1...3 {
                var gradients = (0..<count).map { Float(($0 * step) % 509) / 31 - 8 }
                squares = loops.squares(gradients)
                loops.update(
                    state, gradients: &gradients, AdamW().step(step, rate: 1e-3, scale: 0.37), averageShares: [0.25])
            }
            return (state.weights, state.averages[0], squares)
        }
        let (one, three) = (run(1), run(3))
        #expect(one.0 == three.0 && one.1 == three.1 && one.2 == three.2)
    }

    /// Of chunks that are summed side by side and of those left over, each is a chain of its own.
    @Test(arguments: [0, 1, 3, 4, 5, 9]) func squaresAreSummedChunkByChunk(whole: Int) {
        let chunk = 1 << 14, values = (0..<whole * chunk + 77).map { Float($0 % 509) / 31 - 8 }
        var expected = 0.0
        for start in stride(from: 0, to: values.count, by: chunk) {
            var sum = 0.0
            for value in values[start..<min(start + chunk, values.count)] { sum += Double(value) * Double(value) }
            expected += sum
        }
        #expect(ElementLoops(compute: Compute(threads: 2)).squares(values) == expected)
    }

    @Test func rateRisesThenFallsToATenth() {
        let rate = LearningRate(peak: 2, warmup: 10, steps: 110)
        #expect((rate.value(step: 0) - 0.2).magnitude < 1e-12 && (rate.value(step: 9) - 2).magnitude < 1e-12)
        #expect((rate.value(step: 60) - 1.1).magnitude < 1e-12 && (rate.value(step: 110) - 0.2).magnitude < 1e-12)
        #expect((20..<109).allSatisfy { rate.value(step: $0 + 1) < rate.value(step: $0) })
        #expect(LearningRate(peak: 1, warmup: 0, steps: 1).value(step: 0) == 1)
    }

    @Test func clippingLeavesSmallGradients() {
        #expect(GradientClip(norm: 1).scale(norm: 0.5) == 1 && GradientClip(norm: nil).scale(norm: 1e9) == 1)
        #expect((GradientClip(norm: 1).scale(norm: 4) - 0.25).magnitude < 1e-6)
    }
}
