import TestSupport
import Testing

@testable import Tensors

/// Layers whose weights are filled after they were made: they equal those that were made of the same weights.
struct WeightFillTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var sources = [16], outputs = 24, kernel = 3, stride = 1, plan = 1
        /// The outputs of each parameter, in the order in which the parameters lie; what is in none of them is zero.
        var runs: [Range<Int>]?
        var testDescription: String { "\(sources) -> \(outputs), kernel \(kernel), stride \(stride), plan \(plan)" }

        var shape: ConvolutionShape {
            ConvolutionShape(
                sources: sources, outputs: outputs, kernel: .square(kernel), stride: stride,
                padding: .same(kernel / 2))
        }
        var perOutput: Int { shape.inputs * kernel * kernel }
    }

    static let cases = [
        Case(), Case(sources: [20, 12], outputs: 40), Case(sources: [20, 12], outputs: 20, plan: 4),
        Case(sources: [8, 40], outputs: 33, plan: 16), Case(sources: [16, 20], outputs: 24, plan: 64),
        Case(sources: [24], stride: 2), Case(sources: [20, 12], kernel: 1), Case(sources: [1], outputs: 32, plan: 64),
        Case(sources: [32], outputs: 3, plan: 16), Case(sources: [16, 8], outputs: 1, plan: 64),
        Case(sources: [20], outputs: 60, kernel: 1, runs: [40..<60, 0..<20, 20..<40]),
        Case(sources: [40], outputs: 80, kernel: 1, runs: [64..<80, 0..<20, 32..<52]),
        Case(sources: [20], outputs: 40, plan: 16, runs: [33..<40, 0..<3, 3..<33]),
    ]

    /// What the layer makes of some input, and the gradients of that, bit by bit.
    private func bits(_ layer: Convolution, _ c: Case, _ places: TestPlaces) throws -> [String: [UInt32]] {
        let x = c.sources.enumerated().map { index, channels in
            Planes(2, channels, 9, 11, values: doubles(2 * channels * 99, seed: UInt64(4 + index)))
        }
        let size = c.shape.output(height: 9, width: 11)
        var image: [Float] = []
        var gradients = try Compute(threads: 2).differentiate(
            places, coefficients: ramp(2 * c.outputs * size.height * size.width, seed: 5)
        ) { pass, inputs in
            let result = layer(.init(x.enumerated().map { inputs.input("x\($0)", $1, pass) }), .init(), pass)
            if !pass.isMeasuring { image = result.images().flatMap(\.self) }
            return result
        }
        gradients["result"] = image
        return gradients.mapValues { $0.map(\.bitPattern) }
    }

    @Test(arguments: cases) func filledLayersEqualThoseMadeOfTheSameWeights(c: Case) throws {
        let runs = c.runs ?? [0..<c.outputs]
        var places = ParameterPlaces(weights: [], biases: []), all = TestPlaces()
        for run in runs {
            places.weights.append(.init(outputs: run, start: all.add("weight \(run)", run.count * c.perOutput)))
            places.biases.append(.init(outputs: run, start: all.add("bias \(run)", run.count)))
        }
        // A second bias of the first outputs: what is added is their sum.
        places.biases.append(.init(outputs: runs[0], start: all.add("second bias", runs[0].count)))
        let values = ramp(all.count, seed: 2)
        var weight = [Float](repeating: 0, count: c.outputs * c.perOutput)
        var bias = [Float](repeating: 0, count: c.outputs)
        for run in places.weights {
            for i in 0..<run.outputs.count * c.perOutput {
                weight[run.outputs.lowerBound * c.perOutput + i] = values[run.start + i]
            }
        }
        for run in places.biases {
            for o in run.outputs { bias[o] += values[run.start + o - run.outputs.lowerBound] }
        }
        let plan = ConvolutionPlan(height: c.plan, width: c.plan)
        let made = Convolution(c.shape, weight: weight, bias: bias, plan: plan, places: places)
        let filled = Convolution(c.shape, weight: nil, bias: nil, plan: plan, places: places)
        WeightFill.run(filled.fills, values: ramp(all.count, seed: 3))
        WeightFill.run(filled.fills, values: values)
        #expect(try bits(filled, c, all) == bits(made, c, all))
    }

    @Test func layersThatAreNotTrainedHaveNothingToFill() {
        let layer = Convolution(ConvolutionShape(sources: [16], outputs: 16), weight: ramp(256), bias: nil)
        #expect(layer.fills.isEmpty)
        #expect(GroupNorm(groups: 4, epsilon: 1e-5, weight: ramp(16), bias: ramp(16)).fills.isEmpty)
        #expect(ParameterTable(ramp(12), width: 4).fills.isEmpty)
    }

    @Test func tablesAndNormsAreFilled() {
        let table = ParameterTable([Float](repeating: 0, count: 12), width: 4, start: 3)
        let norm = GroupNorm(
            groups: 2, epsilon: 1e-5, weight: ramp(6), bias: ramp(6), places: .init(weight: 15, bias: 21))
        let values = ramp(27, seed: 8)
        WeightFill.run(table.fills + norm.fills, values: values)
        #expect(table.count == 3)
        #expect((0..<3).flatMap { table[$0] } == Array(values[3..<15]))
        #expect(norm.weight.view.array == Array(values[15..<21]))
        #expect(norm.bias.view.array == Array(values[21..<27]))
    }
}
