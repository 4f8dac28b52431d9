import JSON
import Tensors
import Testing

@testable import Training

@Suite struct AverageTests {
    @Test func exponentsAreThePapers() throws {
        let golden = try Golden.doubles(Golden.json("averages.json")["gammas"])
        for (width, gamma) in zip([0.05, 0.10], golden) {
            #expect((PowerAverage(width: width).gamma - gamma).magnitude < 1e-9)
        }
    }

    @Test func decayIsDiffusers() throws {
        let golden = try Golden.json("ema.json")
        let settings = AverageSettings.decay(0.995, power: 0.75)
        for (step, decay) in try #require(golden["decays"]?.object) {
            let share = settings.shares(step: try #require(Int(step)))[0]
            #expect(try (Double(1 - share) - Golden.double(decay)).magnitude < 1e-6, "step \(step)")
        }
    }

    /// A path of weights averaged as it goes, and widths that were not, made of the snapshots afterwards.
    @Test func otherWidthsAreMadeAfterwards() throws {
        let golden = try Golden.json("averages.json"), steps = 640
        let settings = AverageSettings.widths([0.05, 0.10], snapshots: 32)
        let loops = ElementLoops(compute: Compute(threads: 1))
        let state = TrainingState(weights: [0, 0, 0], averages: 2)
        var taken: [(PostHocAverage.Snapshot, [Float])] = []
        for step in 1...steps {
            let s = Double(step)
            state.weights = [cosine(s / 40), sine(s / 25) * s / 640, s / 640].map { Float($0) }
            var gradients: [Float] = [0, 0, 0]
            loops.update(
                state, gradients: &gradients, AdamW().step(step, rate: 0, scale: 1),
                averageShares: settings.shares(step: step))
            if step % 20 == 0 {
                for (width, average) in zip([0.05, 0.10], state.averages) {
                    taken.append((.init(step: step, width: width), average.map { Float(Float16($0)) }))
                }
            }
        }
        for (average, expected) in zip(state.averages, try #require(golden["last"]?.array)) {
            for (got, wanted) in zip(average, try Golden.floats(expected)) { #expect((got - wanted).magnitude < 1e-5) }
        }
        for wanted in try #require(golden["wanted"]?.array) {
            let factors = try PostHocAverage.factors(
                taken.map(\.0), width: try Golden.double(wanted["width"]), step: steps)
            for (place, expected) in try Golden.doubles(wanted["made"]).enumerated() {
                let made = zip(factors, taken).reduce(0.0) { $0 + $1.0 * Double($1.1.1[place]) }
                // The snapshots are of half precision.
                #expect((made - expected).magnitude < 2e-3)
            }
        }
    }

    @Test func singularSystemsAreTold() {
        #expect(LinearSystem.solve([[1, 2], [2, 4]], [1, 2]) == nil)
        #expect(LinearSystem.solve([[0, 2], [4, 0]], [2, 8]) == [2, 1])
        let twice = PostHocAverage.Snapshot(step: 5, width: 0.1)
        #expect(throws: TrainingError.self) { try PostHocAverage.factors([twice, twice], width: 0.05, step: 5) }
    }
}
