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

    /// Whether the sources' pixels can be read where they lie.
    var isPlain: Bool {
        guard case .identity = call.input.activation else { return false }
        return call.shape.kernel == .pointwise && call.input.norm == nil && !call.input.upsampled
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
    /// - Parameter band: the prepared input under the rows; nil where the sources are read where they lie.
    func multiply(_ part: ImageRows, _ band: FloatView?, _ product: Product, into sums: FloatView) {
        guard let band else { return multiplySources(part, product, into: sums) }
        let kernel = call.shape.kernel, region = region(part.rows), tap = product.tap
        let start = tap / kernel.width * region.rowPitch + tap % kernel.width * inputs
        multiply(
            part, PixelRows(values: band.from(start), pitch: inputs, rowPitch: region.rowPitch, first: 0), product,
            into: sums)
    }

    /// The sums of a pointwise layer, source by source.
    private func multiplySources(_ part: ImageRows, _ product: Product, into sums: FloatView) {
        var first = 0
        for source in call.input.sources {
            let mine = product.inputs.clamped(to: first..<first + source.pitch)
            if !mine.isEmpty {
                let values = source.rows(part.image, from: part.rows.lowerBound * call.shape.stride)
                let rows = PixelRows(
                    values: values, pitch: source.pitch, rowPitch: source.width * source.pitch, first: first)
                multiply(part, rows, Product(tap: product.tap, inputs: mine, isFirst: product.isFirst), into: sums)
            }
            first += source.pitch
        }
    }

    /// Rows of pixels, and which of the layer's inputs their first channel is.
    private struct PixelRows {
        let values: FloatView
        let pitch: Int, rowPitch: Int
        let first: Int
    }

    private func multiply(_ part: ImageRows, _ rows: PixelRows, _ product: Product, into sums: FloatView) {
        let stride = call.shape.stride, result = call.result, first = product.inputs.lowerBound
        call.kernels.outer(
            .init(
                a: rows.values.from(first - rows.first), aStride: stride * rows.pitch,
                aSegment: stride * rows.rowPitch,
                b: result.rows(part.image, from: part.rows.lowerBound), bStride: outputs,
                bSegment: result.width * outputs, segments: part.rows.count, depth: result.width,
                rows: product.inputs.count, columns: outputs,
                c: sums.slice(product.tap * plane, plane).from(first * outputs), cStride: outputs,
                accumulates: !product.isFirst))
    }
}
