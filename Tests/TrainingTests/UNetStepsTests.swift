import Checkpoints
import Foundation
import JSON
import Networks
import Tensors
import Testing

@testable import Training

/// Ten steps of a real network against torch: `Tests/Fixtures/training/make_unet_steps.py`.
@Suite struct UNetStepsTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/training").path

    private let file: SafetensorsFile
    private let golden: JSONValue
    private let network: TrainableUNet
    private let rows: [TrainingRow]
    private let targets: [[Float]]

    init() throws {
        file = try SafetensorsFile(path: "\(Self.folder)/unet_steps.safetensors")
        golden = try Golden.json("unet_steps.json")
        network = try TrainableUNet(
            configuration: try UNetConfiguration(json: try #require(golden["config"]?.object)), dropout: 0)
        let samples = try file.floats("input.sample"), wanted = try file.floats("input.target")
        let times = try file.floats("input.timestep"), labels = try file.floats("input.labels")
        rows = times.indices.map { row in
            TrainingRow(
                sample: Array(samples[256 * row..<256 * (row + 1)]), timestep: times[row],
                classRows: [(Int(labels[row]), 1)])
        }
        targets = times.indices.map { Array(wanted[256 * $0..<256 * ($0 + 1)]) }
    }

    /// The mean squared error over all values, and its gradient.
    private func loss(_ outputs: [[Float]]) -> (value: Double, gradient: [[Float]]) {
        var sum = 0.0
        let gradient = zip(outputs, targets).map { output, target in
            zip(output, target).map { got, wanted in
                sum += Double(got - wanted) * Double(got - wanted)
                return (got - wanted) / 512
            }
        }
        return (sum / 1024, gradient)
    }

    /// The losses of each step, of the last weights and of their average within 1e-4. (Of weights no more can be asked:
    /// where the true gradient is zero, as of to_k.bias, AdamW moves them by the sign of rounding errors.)
    @Test(arguments: [1, 2]) func lossesAreTorchs(threads: Int) throws {
        let compute = Compute(threads: threads), loops = ElementLoops(compute: compute)
        let weights = Weights(file: file)
        let state = TrainingState(weights: try network.values(of: weights), averages: 1)
        let averages = AverageSettings.decay(0.9, power: 0.75)
        var gradients = [Float](repeating: 0, count: network.parameters.elementCount)
        let losses = try Golden.doubles(golden["losses"]), norms = try Golden.doubles(golden["norms"])
        for step in 1...10 {
            try network.load(state.weights)
            var value = 0.0
            for part in [0..<3, 3..<4] {
                var outputs: [[Float]] = []
                try network.accumulate(
                    Array(rows[part]), size: (16, 16), compute: compute, into: &gradients
                ) { got in
                    outputs = got
                    let whole = targets.indices.map { part.contains($0) ? got[$0 - part.lowerBound] : targets[$0] }
                    let (error, gradient) = loss(whole)
                    value += error
                    return Array(gradient[part])
                }
                #expect(outputs.count == part.count)
            }
            let norm = loops.squares(gradients).squareRoot()
            #expect((value / losses[step - 1] - 1).magnitude < 1e-4, "step \(step): \(value), \(losses[step - 1])")
            #expect((norm / norms[step - 1] - 1).magnitude < 1e-3, "step \(step)")
            loops.update(
                state, gradients: &gradients,
                AdamW().step(step, rate: 1e-3, scale: GradientClip(norm: 1).scale(norm: norm)),
                averageShares: averages.shares(step: step))
        }
        let digest = ArithmeticBits.digest(state.weights), expected = try ArithmeticBits.expected("unet")
        #expect(digest == expected)
        for (weights, name) in [(state.weights, "last"), (state.averages[0], "average")] {
            try network.load(weights)
            let value = loss(try network.evaluate(rows, height: 16, width: 16, compute: compute)).value
            #expect((value / (try Golden.double(golden[name])) - 1).magnitude < 1e-4, "\(name): \(value)")
        }
    }
}
