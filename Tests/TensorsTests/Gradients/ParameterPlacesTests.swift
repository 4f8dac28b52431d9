import TestSupport
import Testing

@testable import Tensors

/// Gradients of layers that are several parameters stacked on one another, as Q, K and V and time projections are.
struct ParameterPlacesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var outputs: Int, inputs: Int, kernel = 1, height = 1, width = 3, plan = 1
        /// In the order in which the parameters lie; what is in none of them is filling.
        var runs: [Range<Int>]
        var testDescription: String { "\(outputs) outputs of \(inputs), kernel \(kernel), \(runs)" }
    }

    static let cases = [
        // Heads of 20 channels: the parameters' borders are none of vectors.
        Case(outputs: 60, inputs: 20, height: 5, width: 7, runs: [40..<60, 0..<20, 20..<40]),
        Case(outputs: 72, inputs: 24, height: 7, width: 9, runs: [0..<24, 24..<48, 48..<72]),
        // Time projections, filled up to whole vectors.
        Case(outputs: 80, inputs: 40, runs: [64..<80, 0..<20, 32..<52]),
        Case(outputs: 40, inputs: 20, kernel: 3, height: 7, width: 9, plan: 16, runs: [33..<40, 0..<3, 3..<33]),
        Case(outputs: 24, inputs: 16, kernel: 3, height: 7, width: 9, runs: [5..<6, 6..<24]),
    ]

    private func gradients(_ c: Case, stacked: Bool) throws -> [String: [Float]] {
        let taps = c.kernel * c.kernel, perOutput = c.inputs * taps
        let shape = ConvolutionShape(
            sources: [c.inputs], outputs: c.outputs, kernel: .square(c.kernel), padding: .same(c.kernel / 2))
        var places = TestPlaces(), own = ParameterPlaces(weights: [], biases: [])
        for run in stacked ? c.runs : [0..<c.outputs] {
            own.weights.append(.init(outputs: run, start: places.add("weight \(run)", run.count * perOutput)))
            // Where a bias is the sum of two parameters, both have its gradient.
            for name in ["bias", "second bias"] {
                own.biases.append(.init(outputs: run, start: places.add("\(name) \(run)", run.count)))
            }
        }
        let layer = Convolution(
            shape, weight: ramp(c.outputs * perOutput, seed: 2), bias: ramp(c.outputs, seed: 3),
            plan: ConvolutionPlan(height: c.plan, width: c.plan), places: own)
        let size = c.height * c.width
        let x = Planes(2, c.inputs, c.height, c.width, values: doubles(2 * c.inputs * size, seed: 4))
        return try Compute(threads: 2).differentiate(
            places, coefficients: ramp(2 * c.outputs * size, seed: 5)
        ) { pass, inputs in layer(.init([inputs.input("x", x, pass)]), .init(), pass) }
    }

    @Test(arguments: cases) func stackedParametersHaveTheirPartsOfTheWhole(c: Case) throws {
        let perOutput = c.inputs * c.kernel * c.kernel, all = 0..<c.outputs
        let whole = try gradients(c, stacked: false), parts = try gradients(c, stacked: true)
        let weight = try #require(whole["weight \(all)"]), bias = try #require(whole["bias \(all)"])
        #expect(whole["second bias \(all)"] == bias && bias.contains { $0 != 0 })
        for run in c.runs {
            let range = run.lowerBound * perOutput..<run.upperBound * perOutput
            #expect(parts["weight \(run)"] == Array(weight[range]))
            #expect(parts["bias \(run)"] == Array(bias[run]) && parts["second bias \(run)"] == Array(bias[run]))
        }
        #expect(parts["x"] == whole["x"])
    }
}
