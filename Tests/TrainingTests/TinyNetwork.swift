import Networks
import Tensors

@testable import Training

/// A network of a few numbers with gradients written by hand: out = a x + b + c t/1000 + sum of class coefficients.
final class TinyNetwork: GradientSource {
    let parameters: ParameterSet
    private var weights: [Float] = []
    private let classes: Int
    /// Rows of the largest part that was asked for.
    private(set) var mostRows = 0

    init(classes: Int = 0) {
        var set = ParameterSet()
        set.note("scale.weight", shape: [1])
        set.note("scale.bias", shape: [1])
        set.note("time.weight", shape: [1])
        if classes > 0 { set.note("class_embedding.weight", shape: [classes, 1]) }
        (parameters, self.classes) = (set, classes)
    }

    func load(_ values: [Float]) { weights = values }

    private func output(_ row: TrainingRow) -> [Float] {
        let classes = row.classRows.reduce(Float(0)) { $0 + $1.coefficient * weights[3 + $1.row] }
        let shift = weights[1] + weights[2] * row.timestep / 1000 + classes
        return row.sample.map { weights[0] * $0 + shift }
    }

    func accumulate(
        _ rows: [TrainingRow], size: (height: Int, width: Int), compute: Compute, into gradients: inout [Float],
        outputGradient: ([[Float]]) throws -> [[Float]]
    ) throws {
        mostRows = max(mostRows, rows.count)
        for (row, gradient) in zip(rows, try outputGradient(rows.map(output))) {
            var (scale, shift) = (Float(0), Float(0))
            for (x, g) in zip(row.sample, gradient) {
                scale += x * g
                shift += g
            }
            gradients[0] += scale
            gradients[1] += shift
            gradients[2] += shift * row.timestep / 1000
            for (place, coefficient) in row.classRows { gradients[3 + place] += coefficient * shift }
        }
    }

    func evaluate(_ rows: [TrainingRow], height: Int, width: Int, compute: Compute) -> [[Float]] { rows.map(output) }
}
