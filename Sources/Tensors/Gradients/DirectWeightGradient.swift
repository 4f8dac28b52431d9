/// The gradient of a convolution's weights as it is written down: dw[o][c][ky][kx] is the sum over images and output
/// pixels (y, x) of a[stride y + ky][stride x + kx][c] dz[y][x][o], a being the prepared input with its padding.
///
/// One chain of multiply-adds an image, the images added in order. Threads divide taps and input channels.
struct DirectWeightGradient {
    /// Its result is the gradient of the convolution's result.
    private let call: ConvolutionCall
    private let places: ParameterPlaces

    init(_ call: ConvolutionCall, _ places: ParameterPlaces) { (self.call, self.places) = (call, places) }

    /// Input channels of one work item.
    private static let block = 32

    private var inputs: Int { call.input.pitch }
    private var outputs: Int { call.result.pitch }
    private var region: BandRegion {
        call.shape.region(under: 0..<call.result.height, inputWidth: call.input.width, pitch: inputs)
    }

    /// Whether the input's pixels can be read where they lie.
    private var isPlain: Bool {
        guard case .identity = call.input.activation else { return false }
        return call.shape.kernel == .pointwise && call.input.sources.count == 1 && call.input.norm == nil
            && !call.input.upsampled
    }

    func run(_ pass: Pass) {
        let label = "weight gradient of \(call.shape.kernel) \(call.shape.sources) -> \(call.shape.outputs), direct"
        let work = call.batch.saturatingProduct(
            call.result.height, call.result.width, call.shape.outputs, call.shape.inputs, call.shape.kernel.taps)
        pass.operation(label, multiplyAdds: work) {
            let taps = call.shape.kernel.taps, plane = inputs * outputs
            let sums = pass.allocate(taps * plane)
            let band = isPlain ? nil : pass.allocate(region.count)
            for n in 0..<call.batch {
                if let band { prepare(n, into: band, pass) }
                multiply(n, band, into: sums, pass)
            }
            WeightGradientRuns(
                shape: call.shape, places: places, sums: sums, plane: plane, pitch: outputs, isWinograd: false
            ).add(pass)
            if let band { pass.release(band) }
            pass.release(sums)
        }
    }

    private func prepare(_ n: Int, into band: FloatView, _ pass: Pass) {
        let whole = region
        pass.parallel(whole.rows, scratch: 0) { row, _ in
            let part = BandRegion(
                top: whole.top + row, rows: 1, width: whole.width, left: whole.left, pitch: whole.pitch)
            call.prepare(part, image: n, into: band.slice(row * whole.rowPitch, whole.rowPitch))
        }
    }

    private func multiply(_ n: Int, _ band: FloatView?, into sums: FloatView, _ pass: Pass) {
        let kernel = call.shape.kernel, stride = call.shape.stride, result = call.result, whole = region
        let blocks = (inputs + Self.block - 1) / Self.block, plane = inputs * outputs
        let a = band ?? call.input.sources[0].rows(n, from: 0)
        pass.parallel(kernel.taps * blocks, scratch: 0) { item, _ in
            let tap = item / blocks, first = item % blocks * Self.block
            let start = tap / kernel.width * whole.rowPitch + tap % kernel.width * inputs + first
            pass.kernels.outer(
                .init(
                    a: a.from(start), aStride: stride * inputs, aSegment: stride * whole.rowPitch,
                    b: result.rows(n, from: 0), bStride: outputs, bSegment: result.width * outputs,
                    segments: result.height, depth: result.width, rows: min(Self.block, inputs - first),
                    columns: outputs, c: sums.slice(tap * plane, plane).from(first * outputs), cStride: outputs,
                    accumulates: n > 0))
        }
    }
}
