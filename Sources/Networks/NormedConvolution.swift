import Checkpoints

/// Weights of a convolution with the batch norm folded in that follows it: with running mean m and variance v,
/// y = (w x - m) g / sqrt(v + e) + b is a convolution by w g / sqrt(v + e) with a bias (Ioffe & Szegedy 2015, section
/// 3.1), computed here in double precision and rounded once.
struct NormedConvolution {
    /// [outputs, inputs of a group, kernel height, kernel width].
    let weight: [Float]
    /// [outputs].
    let bias: [Float]

    /// - Parameters:
    ///   - convolution: where `weight` lies, of shape `shape`; there is no bias.
    ///   - norm: where `weight`, `bias`, `running_mean` and `running_var` lie.
    /// - Throws: `CheckpointError` where a tensor is missing or has another shape, or a variance is negative.
    init(convolution: Weights, norm: Weights, shape: [Int], epsilon: Double) throws(CheckpointError) {
        let outputs = shape[0]
        var weight = try convolution.floats("weight", shape: shape)
        let gain = try norm.floats("weight", shape: [outputs]), shift = try norm.floats("bias", shape: [outputs])
        let mean = try norm.floats("running_mean", shape: [outputs])
        let variance = try norm.floats("running_var", shape: [outputs])
        if let negative = variance.first(where: { $0 < 0 }) {
            throw CheckpointError(
                path: norm.origin, item: "running_var", expected: "variances of at least 0", got: "\(negative)")
        }
        var bias = [Float](repeating: 0, count: outputs)
        let each = weight.count / outputs
        for o in 0..<outputs {
            let scale = Double(gain[o]) / (Double(variance[o]) + epsilon).squareRoot()
            bias[o] = Float(Double(shift[o]) - Double(mean[o]) * scale)
            for index in o * each..<(o + 1) * each { weight[index] = Float(Double(weight[index]) * scale) }
        }
        (self.weight, self.bias) = (weight, bias)
    }
}
