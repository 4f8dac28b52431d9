/// How a convolution is computed. A pure function of its shape chooses among fast methods; see `Convolution`.
public enum ConvolutionAlgorithm: Sendable {
    /// The packed kernels.
    case packed
    /// Gathered columns and OpenBLAS: the oracle.
    case reference
}

/// A two-dimensional convolution with everything that surrounds it in a UNet fused in: concatenation, group norm,
/// activation and nearest upsampling on the way in; bias, time embedding, residual and scale on the way out.
///
/// Linear layers are 1x1 convolutions. One work item prepares a padded band of input rows in its thread's scratch, then
/// multiplies every output row straight from it: a kernel row's taps lie side by side in a channels-last band, so the
/// matrix kernel takes them as one long reduction and no columns are gathered.
public struct Convolution: Sendable {
    public let sources: [Int]
    public let outputChannels: Int
    public let kernel: Int
    public let stride: Int
    let padding: Padding
    let weights: PackedWeights
    let bias: FloatBuffer

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
    public init(weight: [Float], bias: [Float]?, sources: [Int], out: Int, kernel: Int, stride: Int = 1, padding: Padding = .same(0)) {
        self.sources = sources
        self.outputChannels = out
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        weights = PackedWeights(weight: weight, out: out, sources: sources, inputPitches: sources.map(padded), kernel: kernel)
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
    public func callAsFunction(_ input: Input, _ output: Output = Output(), _ compute: Compute) -> Activation {
        let height = (input.height + padding.top + padding.bottom - kernel) / stride + 1
        let width = (input.width + padding.left + padding.right - kernel) / stride + 1
        let result = compute.allocate(
            batch: input.sources[0].batch, height: height, width: width, channels: outputChannels, moments: output.moments)
        if compute.isMeasuring {
            compute.book(multiplyAdds: result.batch * height * width * outputChannels * sources.reduce(0, +) * kernel * kernel)
        }
        let bands = Bands(self, input: input, height: height, width: width, threads: compute.threads)
        compute.parallel(result.batch * bands.perImage, scratch: bands.scratch(compute.algorithm)) { item, scratch in
            let rows = bands.rows(item % bands.perImage)
            let strip = Strip(image: item / bands.perImage, rows: rows, band: bands.region(rows))
            compute.kernels.prepare(input, strip.image, strip.band, into: scratch)
            multiply(strip, scratch, output, into: result, compute)
            guard let moments = result.moments else { return }
            for y in rows {
                let row = (strip.image * height + y) * 2 * result.pitch
                compute.kernels.moments(
                    result.rows(strip.image, from: y), pixels: width, channels: result.pitch,
                    into: moments.slice(row, 2 * result.pitch))
            }
        }
        return result
    }

    /// One work item: some output rows of one image.
    struct Strip {
        let image: Int
        let rows: Range<Int>
        let band: BandRegion
    }

    private func multiply(_ strip: Strip, _ scratch: FloatView, _ output: Output, into result: Activation, _ compute: Compute) {
        let band = strip.band
        for y in strip.rows {
            let origin = (y - strip.rows.lowerBound) * stride * band.rowPitch
            var product = Kernels.MatrixProduct(
                a: scratch.slice(origin, kernel * band.rowPitch), aStride: stride * band.pitch, aSegment: band.rowPitch,
                b: weights.buffer.view, segments: weights.segments, depth: weights.depth,
                rows: result.width, columns: weights.columns,
                c: result.rows(strip.image, from: y).slice(0, result.width * result.pitch), cStride: result.pitch,
                bias: output.channelBias?.row(strip.image) ?? bias.view, scale: output.scale)
            if let residual = output.residual {
                product.residual = residual.rows(strip.image, from: y)
                product.residualStride = residual.pitch
            }
            switch compute.algorithm {
            case .packed: compute.kernels.matmul(product)
            case .reference: product.multiplyWithBLAS(columns: scratch.from(band.count))
            }
        }
    }
}
