/// A norm over the channels of each pixel (Ba et al. 2016, equation 4), for inference: (x - mean) / sqrt(variance +
/// epsilon) weight + bias. Sums are one chain over the channels, in double precision.
public struct LayerNorm: Sendable {
    private let weight: [Float], bias: [Float]
    private let epsilon: Double

    /// - Parameters:
    ///   - weight, bias: one value a channel.
    public init(weight: [Float], bias: [Float], epsilon: Double) {
        precondition(weight.count == bias.count)
        (self.weight, self.bias, self.epsilon) = (weight, bias, epsilon)
    }

    /// A new activation of the same shape. The input stays allocated.
    public func callAsFunction(_ input: Activation, _ pass: Pass) -> Activation {
        precondition(input.channels == weight.count)
        return pass.operation("norm over \(input.channels) channels, \(input.height)x\(input.width)") {
            let result = pass.allocate(
                batch: input.batch, height: input.height, width: input.width, channels: input.channels)
            let pixels = input.batch * input.height * input.width, together = 16
            pass.parallel((pixels + together - 1) / together, scratch: 0) { item, _ in
                for pixel in item * together..<min((item + 1) * together, pixels) {
                    norm(
                        input.values.slice(pixel * input.pitch, input.pitch),
                        into: result.values.slice(pixel * result.pitch, result.pitch))
                }
            }
            return result
        }
    }

    private func norm(_ x: FloatView, into y: FloatView) {
        let channels = weight.count
        if x.count > channels { y.fill(0) }  // lanes beyond the channels stay zero
        x.withSpan { x in
            var sum = 0.0, squares = 0.0
            for c in 0..<channels { sum += Double(x[c]) }
            let mean = sum / Double(channels)
            for c in 0..<channels {
                let deviation = Double(x[c]) - mean
                squares += deviation * deviation
            }
            let scale = 1 / (squares / Double(channels) + epsilon).squareRoot()
            y.withSpan { y in
                for c in 0..<channels {
                    y[c] = Float((Double(x[c]) - mean) * scale) * weight[c] + bias[c]
                }
            }
        }
    }
}
