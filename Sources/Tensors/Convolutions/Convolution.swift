/// A two-dimensional convolution with everything that surrounds it in a UNet fused in: concatenation, group norm,
/// activation and nearest upsampling on the way in; bias, time embedding, residual and scale on the way out.
///
/// Linear layers are 1x1 convolutions. One work item prepares a padded band of input rows in its thread's scratch and
/// computes its output rows from it, by the method that suits the layer's shape.
public struct Convolution: Sendable {
    public let sources: [Int]
    public let outputChannels: Int
    public let kernel: Int
    public let stride: Int
    let padding: Padding
    let weights: Packed
    let bias: FloatBuffer

    /// The weights as the layer's method reads them.
    enum Packed: Sendable {
        case direct(PackedWeights)
        case winograd(WinogradWeights)
        /// Of a pointwise layer over gathered taps.
        case gathered(PackedWeights)
        /// Of a pointwise layer to all taps' products.
        case collected(PackedWeights)
        /// As direct, multiplied by OpenBLAS.
        case reference(PackedWeights)
    }

    /// Zero rows and columns around the input.
    public struct Padding: Sendable {
        public var top: Int, left: Int, bottom: Int, right: Int
        public init(top: Int, left: Int, bottom: Int, right: Int) {
            (self.top, self.left, self.bottom, self.right) = (top, left, bottom, right)
        }
        /// The same on each side.
        public static func same(_ size: Int) -> Padding { Padding(top: size, left: size, bottom: size, right: size) }
    }

    /// - Parameters:
    ///   - weight: [out, in, kernel, kernel] in torch's order; `in` is the sum of `sources`.
    ///   - bias: [out], or nil for none.
    ///   - sources: channels of each activation that is concatenated into the input.
    ///   - plan: by which the method is chosen.
    public init(
        weight: [Float], bias: [Float]?, sources: [Int], out: Int, kernel: Int, stride: Int = 1, padding: Padding = .same(0),
        plan: ConvolutionPlan = ConvolutionPlan()
    ) {
        self.sources = sources
        self.outputChannels = out
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        let method = plan.method(kernel: kernel, stride: stride, sources: sources, out: out)
        func packed(isByChannel: Bool = false) -> PackedWeights {
            PackedWeights(weight: weight, out: out, sources: sources, kernel: kernel, isByChannel: isByChannel)
        }
        weights = switch method {
        case .direct: .direct(packed())
        case .reference: .reference(packed())
        case .gathered: .gathered(PackedWeights(gathering: weight, out: out, channels: sources.reduce(0, +), kernel: kernel))
        case .collected: .collected(PackedWeights(collecting: weight, out: out, sources: sources))
        case .winograd(let output):
            .winograd(WinogradWeights(packed(isByChannel: true), output: output, form: plan.form(output, sources: sources, out: out)))
        }
        let buffer = FloatBuffer(count: padded(out))
        if let bias { buffer.view.slice(0, out).copy(from: bias) }
        self.bias = buffer
    }

    /// What flows in: one or two activations of equal size, concatenated on channels, and what is done to them first.
    public struct Input {
        public var sources: [Activation]
        public var norm: NormScale?
        public var activation: ActivationFunction
        /// Nearest upsampling by two.
        public var upsampled: Bool

        public init(_ sources: [Activation], norm: NormScale? = nil, activation: ActivationFunction = .identity, upsampled: Bool = false) {
            (self.sources, self.norm, self.activation, self.upsampled) = (sources, norm, activation, upsampled)
        }

        var height: Int { sources[0].height * (upsampled ? 2 : 1) }
        var width: Int { sources[0].width * (upsampled ? 2 : 1) }
        var pitch: Int { sources.reduce(0) { $0 + $1.pitch } }
    }

    /// What is done to the result: (conv + bias + channelBias + residual) * scale.
    public struct Output {
        /// Per image and output channel, in place of the layer's own bias; see `TimeProjections`.
        var channelBias: ChannelBias?
        public var residual: Activation?
        public var scale: Float
        /// Whether a norm will follow, so that row moments are gathered.
        public var moments: Bool

        public init(channelBias: ChannelBias? = nil, residual: Activation? = nil, scale: Float = 1, moments: Bool = false) {
            (self.channelBias, self.residual, self.scale, self.moments) = (channelBias, residual, scale, moments)
        }
    }

    /// A new activation [batch, outHeight, outWidth, outputChannels]. The inputs stay allocated.
    public func callAsFunction(_ input: Input, _ output: Output = Output(), _ pass: Pass) -> Activation {
        let height = (input.height + padding.top + padding.bottom - kernel) / stride + 1
        let width = (input.width + padding.left + padding.right - kernel) / stride + 1
        let batch = input.sources[0].batch
        let work = batch.saturatingProduct(height, width, outputChannels, sources.reduce(0, +), kernel, kernel)
        return pass.operation("\(self), \(height)x\(width)", multiplyAdds: work) {
            let result = pass.allocate(
                batch: batch, height: height, width: width, channels: outputChannels, moments: output.moments)
            fill(result, input, output, pass)
            return result
        }
    }

    private func fill(_ result: Activation, _ input: Input, _ output: Output, _ pass: Pass) {
        let height = result.height, width = result.width
        switch weights {
        case .direct(let packed), .reference(let packed):
            let direct = DirectConvolution(self, packed, input, height: height, width: width, threads: pass.threads)
            let items = direct.itemsPerImage, parts = direct.columnParts
            pass.parallel(result.batch * items * parts, scratch: direct.scratch) { item, scratch in
                let band = item / parts, n = band / items
                let rows = direct.run(
                    band % items, part: item % parts, image: n, input, bias: bias(n, output), output, into: result,
                    scratch: scratch, pass.kernels)
                pass.kernels.gatherMoments(of: result, n, rows, direct.columns(item % parts))
            }
        case .gathered(let packed):
            let gathered = GatheredConvolution(
                self, packed, batch: result.batch, height: height, width: width, threads: pass.threads)
            pass.parallel(result.batch * gathered.itemsPerImage, scratch: gathered.scratch(input)) { item, scratch in
                let n = item / gathered.itemsPerImage
                let rows = gathered.run(
                    item % gathered.itemsPerImage, image: n, input, bias: bias(n, output), output, into: result,
                    scratch: scratch, pass)
                pass.kernels.gatherMoments(of: result, n, rows)
            }
        case .collected(let packed):
            let collected = CollectedConvolution(self, packed, input, height: height, width: width, threads: pass.threads)
            pass.parallel(result.batch * collected.itemsPerImage, scratch: collected.scratch) { item, scratch in
                let n = item / collected.itemsPerImage
                let rows = collected.run(
                    item % collected.itemsPerImage, image: n, input, bias: bias(n, output), output, into: result,
                    scratch: scratch, pass)
                pass.kernels.gatherMoments(of: result, n, rows)
            }
        case .winograd(let packed):
            WinogradConvolution(packed, input, output, bias: bias, into: result).run(pass)
        }
    }

    private func bias(_ n: Int, _ output: Output) -> FloatView { output.channelBias?.row(n) ?? bias.view }
}

extension Kernels {
    /// Row moments of rows just written, while they are in cache.
    /// - Parameter columns: the channels that were written, all by default.
    func gatherMoments(of result: Activation, _ n: Int, _ rows: Range<Int>, _ columns: Range<Int>? = nil) {
        guard let target = result.moments else { return }
        let columns = columns ?? 0..<result.pitch
        for y in rows {
            moments(
                result.rows(n, from: y).from(columns.lowerBound), pixels: result.width, channels: columns.count, pitch: result.pitch,
                into: target.from((n * result.height + y) * 2 * result.pitch + columns.lowerBound))
        }
    }
}

extension Convolution {
    /// Bytes of the weights and of the bias, as they are always held; and of what is made of the weights, beside them, when a batch or a
    /// large image first needs it.
    public var weightBytes: (held: Int, made: Int) {
        let floats = switch weights {
        case .direct(let packed), .gathered(let packed), .collected(let packed), .reference(let packed): (held: packed.buffer.count, made: 0)
        case .winograd(let weights): weights.floats
        }
        return ((floats.held + bias.count) * MemoryLayout<Float>.stride, floats.made * MemoryLayout<Float>.stride)
    }

    /// Gives back what was made of the weights for batches and large images; the next of these makes it again.
    public func giveBackMadeWeights() {
        if case .winograd(let weights) = weights { weights.giveBackMade() }
    }
}

extension Convolution: CustomStringConvertible {
    /// Kernel, channels and method.
    public var description: String {
        let method = switch weights {
        case .direct: stride == 1 ? "direct" : "direct, stride \(stride)"
        case .winograd(let weights): "winograd \(weights.output)"
        case .gathered: "gathered"
        case .collected: "collected"
        case .reference: "reference"
        }
        return "convolution \(kernel)x\(kernel) \(sources.map(String.init).joined(separator: "+")) -> \(outputChannels), \(method)"
    }
}
