/// The gradient of a convolution's weights as it is written down: dw[o][c][ky][kx] is the sum over images and output
/// pixels (y, x) of a[stride y + ky][stride x + kx][c] dz[y][x][o], a being the prepared input with its padding.
///
/// Where the sums are small, parts of all output rows, so many whatever the threads, have sums of their own, which are
/// added in order; threads divide parts. Else there is one chain of multiply-adds an image, the images added in order,
/// and threads divide taps and input channels.
struct DirectWeightGradient {
    /// Its result is the gradient of the convolution's result.
    let call: ConvolutionCall
    private let places: ParameterPlaces

    init(_ call: ConvolutionCall, _ places: ParameterPlaces) { (self.call, self.places) = (call, places) }

    /// Input channels of one work item.
    private static let block = 32

    var inputs: Int { call.input.pitch }
    var outputs: Int { call.result.pitch }
    /// Floats of the sums of a tap.
    var plane: Int { inputs * outputs }

    /// The input rows under some output rows.
    func region(_ rows: Range<Int>) -> BandRegion {
        call.shape.region(under: rows, inputWidth: call.input.width, pitch: inputs)
    }

    /// Whether the input's pixels can be read where they lie.
    var isPlain: Bool {
        guard case .identity = call.input.activation else { return false }
        return call.shape.kernel == .pointwise && call.input.sources.count == 1 && call.input.norm == nil
            && !call.input.upsampled
    }

    func run(_ pass: Pass) {
        let label = "weight gradient of \(call.shape.kernel) \(call.shape.sources) -> \(call.shape.outputs), direct"
        let work = call.batch.saturatingProduct(
            call.result.height, call.result.width, call.shape.outputs, call.shape.inputs, call.shape.kernel.taps)
        pass.operation(label, multiplyAdds: work) {
            let sums = isDividedByParts ? sumParts(pass) : sumImages(pass)
            WeightGradientRuns(
                shape: call.shape, places: places, sums: sums, plane: plane, pitch: outputs, isWinograd: false
            ).add(pass)
            pass.release(sums)
        }
    }

    /// The sums, [tap][input][output], image by image.
    private func sumImages(_ pass: Pass) -> FloatView {
        let sums = pass.allocate(call.shape.kernel.taps * plane)
        let band = isPlain ? nil : pass.allocate(region(0..<call.result.height).count)
        for n in 0..<call.batch {
            if let band { prepare(n, into: band, pass) }
            multiply(n, band, into: sums, pass)
        }
        if let band { pass.release(band) }
        return sums
    }

    private func prepare(_ n: Int, into band: FloatView, _ pass: Pass) {
        let whole = region(0..<call.result.height)
        pass.parallel(whole.rows, scratch: 0) { row, _ in
            let part = BandRegion(
                top: whole.top + row, rows: 1, width: whole.width, left: whole.left, pitch: whole.pitch)
            call.prepare(part, image: n, into: band.slice(row * whole.rowPitch, whole.rowPitch))
        }
    }

    private func multiply(_ n: Int, _ band: FloatView?, into sums: FloatView, _ pass: Pass) {
        let blocks = (inputs + Self.block - 1) / Self.block
        let part = ImageRows(image: n, rows: 0..<call.result.height)
        pass.parallel(call.shape.kernel.taps * blocks, scratch: 0) { item, _ in
            let tap = item / blocks, first = item % blocks * Self.block
            let product = Product(
                tap: tap, inputs: first..<min(first + Self.block, inputs), isFirst: n == 0)
            multiply(part, band, product, into: sums)
        }
    }

    /// Some output rows of an image.
    struct ImageRows {
        let image: Int
        let rows: Range<Int>
    }

    /// Which of the sums are made.
    struct Product {
        let tap: Int
        let inputs: Range<Int>
        /// Whether nothing has been summed before.
        let isFirst: Bool
    }

    /// The sums over some rows for a tap and some input channels.
    /// - Parameter band: the prepared input under the rows; nil where it is read where it lies.
    func multiply(_ part: ImageRows, _ band: FloatView?, _ product: Product, into sums: FloatView) {
        let kernel = call.shape.kernel, stride = call.shape.stride, result = call.result, region = region(part.rows)
        let a = band ?? call.input.sources[0].rows(part.image, from: part.rows.lowerBound * stride)
        let first = product.inputs.lowerBound, tap = product.tap
        let start = tap / kernel.width * region.rowPitch + tap % kernel.width * inputs + first
        call.kernels.outer(
            .init(
                a: a.from(start), aStride: stride * inputs, aSegment: stride * region.rowPitch,
                b: result.rows(part.image, from: part.rows.lowerBound), bStride: outputs,
                bSegment: result.width * outputs, segments: part.rows.count, depth: result.width,
                rows: product.inputs.count, columns: outputs,
                c: sums.slice(tap * plane, plane).from(first * outputs), cStride: outputs,
                accumulates: !product.isFirst))
    }
}
