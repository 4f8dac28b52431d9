/// What a convolution needs beside itself to be differentiated: the convolution by which its input's gradient is
/// computed, and where its weights' gradients go.
final class ConvolutionBackward: Sendable {
    let places: ParameterPlaces
    /// Takes the gradient of the result to that of the prepared input, whose channels lie as they do in a band, each
    /// source padded to the lanes.
    let turned: Convolution

    /// Kernels are square with an odd side, and a padding of half of it but for strided ones: those of UNets. Others
    /// serve inference only.
    /// - Parameters:
    ///   - weight: [outputs, inputs, kernel height, kernel width]; nil for zeros.
    ///   - plan: the layer's own; a layer of stride 2 is turned into one over its result spread out.
    init(_ shape: ConvolutionShape, weight: [Float]?, plan: ConvolutionPlan, places: ParameterPlaces) {
        self.places = places
        let pitch = shape.sources.reduce(0) { $0 + padded($1) }
        let size = shape.stride == 1 ? plan : plan.enlarged(by: shape.stride)
        turned = Convolution(
            ConvolutionShape(
                sources: [shape.outputs], outputs: pitch, kernel: shape.kernel,
                padding: .same(shape.kernel.height / 2)),
            weight: weight.map { Self.turn($0, shape, pitch: pitch) }, bias: nil, plan: size.trained)
    }

    /// w'[input][output][ky][kx] = w[output][input][height - 1 - ky][width - 1 - kx], inputs where they lie in a band.
    static func turn(_ weight: [Float], _ shape: ConvolutionShape, pitch: Int) -> [Float] {
        let positions = PackedWeights.positions(shape.sources), taps = shape.kernel.taps, outputs = shape.outputs
        var turned = [Float](repeating: 0, count: pitch * outputs * taps)
        for o in 0..<outputs {
            for (i, position) in positions.enumerated() {
                let source = (o * positions.count + i) * taps, target = (position * outputs + o) * taps
                for tap in 0..<taps { turned[target + tap] = weight[source + taps - 1 - tap] }
            }
        }
        return turned
    }
}
