/// A convolution of every channel by a square kernel of its own (Howard et al. 2017, section 3.1), for inference.
public struct DepthwiseConvolution: Sendable {
    /// Channels of input and output, kernel, stride and padding.
    public let shape: ConvolutionShape
    /// [kernel height, kernel width, padded channels].
    private let weights: FloatBuffer
    private let bias: FloatBuffer
    /// What is done to the result.
    private let activation: ActivationFunction

    /// Floats a band should stay under, to live in a core's second-level cache.
    private static let budget = 65_536

    /// - Parameters:
    ///   - shape: of one source, with as many outputs as inputs, and a square kernel.
    ///   - weight: [channels, 1, kernel height, kernel width] in torch's order.
    ///   - bias: [channels].
    ///   - activation: `.identity` or `.relu6`.
    public init(_ shape: ConvolutionShape, weight: [Float], bias: [Float], activation: ActivationFunction) {
        let channels = shape.outputs, taps = shape.kernel.taps, pitch = padded(channels)
        precondition(shape.sources == [channels] && shape.kernel.isSquare && weight.count == channels * taps)
        (self.shape, self.activation) = (shape, activation)
        weights = FloatBuffer(count: taps * pitch)
        self.bias = FloatBuffer(count: pitch)
        self.bias.view.slice(0, channels).copy(from: bias)
        weights.view.withSpan { target in
            for c in 0..<channels {
                for tap in 0..<taps { target[tap * pitch + c] = weight[c * taps + tap] }
            }
        }
    }

    /// A new activation [batch, height, width, channels]. The input stays allocated.
    /// - Parameter before: what is done to the input first.
    public func callAsFunction(_ input: Activation, before: ActivationFunction, _ pass: Pass) -> Activation {
        let (height, width) = shape.output(height: input.height, width: input.width)
        let work = input.batch.saturatingProduct(height, width, shape.outputs, shape.kernel.taps)
        return pass.operation("depthwise \(shape.kernel) of \(shape.outputs), \(height)x\(width)", multiplyAdds: work) {
            let result = pass.allocate(batch: input.batch, height: height, width: width, channels: shape.outputs)
            let call = ConvolutionCall(
                shape: shape, input: .init([input], activation: before), output: .init(), result: result,
                ownBias: bias, kernels: pass.kernels)
            run(call, pass)
            return result
        }
    }

    /// The cut into items decides speed only: every output element is computed the same way in any band.
    private func run(_ call: ConvolutionCall, _ pass: Pass) {
        let height = call.result.height, pitch = call.result.pitch
        let rowFloats = (call.input.width + shape.padding.left + shape.padding.right) * pitch * shape.stride
        let fair = max(1, (height * call.batch + pass.threads - 1) / pass.threads)
        let rowsPerItem = max(1, min(height, fair, Self.budget / max(rowFloats, 1)))
        let itemsPerImage = (height + rowsPerItem - 1) / rowsPerItem
        func region(_ rows: Range<Int>) -> BandRegion {
            shape.region(under: rows, inputWidth: call.input.width, pitch: pitch)
        }
        pass.parallel(call.batch * itemsPerImage, scratch: region(0..<rowsPerItem).count) { item, scratch in
            let (n, rows) = (item / itemsPerImage, call.rows(item % itemsPerImage, of: itemsPerImage))
            let region = region(rows), band = scratch.slice(0, region.count)
            call.prepare(region, image: n, into: band)
            call.kernels.depthwise(
                .init(
                    band: band, rowPitch: region.rowPitch, pitch: pitch, kernel: shape.kernel.height,
                    stride: shape.stride, rows: rows.count, width: call.result.width, weights: weights.view,
                    bias: bias.view, activation: activation, y: call.result.rows(n, from: rows.lowerBound),
                    yRow: call.result.width * pitch))
        }
    }
}
