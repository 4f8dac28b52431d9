/// A convolution multiplied straight from the band: a kernel row's taps lie side by side in a channels-last band, so the
/// matrix kernel takes them as one long reduction and no columns are gathered.
struct DirectConvolution {
    private let weights: PackedWeights
    private let usesBLAS: Bool
    private let height: Int, width: Int
    private let rowsPerItem: Int
    private let stride: Int, kernel: Int, padding: Convolution.Padding
    private let inputWidth: Int, pitch: Int
    let itemsPerImage: Int
    /// Parts the output channels are cut into where there are fewer bands than threads: linear layers over a few rows.
    let columnParts: Int

    /// Floats a band should stay under, to live in a core's second-level cache beside the weights: 256 KiB.
    private static let budget = 65_536

    /// The cut into items decides speed only: every output element is computed the same way in any band.
    init(_ convolution: Convolution, _ weights: PackedWeights, _ input: Convolution.Input, height: Int, width: Int, threads: Int) {
        self.weights = weights
        usesBLAS = if case .reference = convolution.weights { true } else { false }
        (self.height, self.width) = (height, width)
        (stride, kernel, padding) = (convolution.stride, convolution.kernel, convolution.padding)
        (inputWidth, pitch) = (input.width, input.pitch)
        let rowFloats = (input.width + padding.left + padding.right) * pitch * stride
        let batch = input.sources[0].batch
        let fair = max(1, (height * batch + threads - 1) / threads)  // at least one item for every thread
        rowsPerItem = max(1, min(height, fair, Self.budget / max(rowFloats, 1)))
        let items = (height + rowsPerItem - 1) / rowsPerItem
        // Of few items no thread should get one more than another.
        itemsPerImage = batch < threads ? min(height, (items + threads - 1) / threads * threads) : items
        let bands = batch * itemsPerImage, isCut = bands < threads && kernel == 1 && stride == 1 && !usesBLAS
        columnParts = isCut ? max(1, min(weights.columns / lanes, 2 * threads / bands)) : 1
    }

    /// The output channels of a part.
    func columns(_ part: Int) -> Range<Int> {
        let panels = weights.columns / lanes
        return panels * part / columnParts * lanes..<panels * (part + 1) / columnParts * lanes
    }

    private func region(_ rows: Range<Int>) -> BandRegion {
        BandRegion(
            top: rows.lowerBound * stride - padding.top, rows: (rows.count - 1) * stride + kernel,
            width: inputWidth + padding.left + padding.right, left: padding.left, pitch: pitch)
    }

    /// Floats of scratch an item needs.
    var scratch: Int {
        let band = region(0..<rowsPerItem).count
        return usesBLAS ? band + width * weights.segments * weights.depth : band
    }

    /// Computes part `part` of item `item` of image `n`; returns the output rows it wrote.
    func run(
        _ item: Int, part: Int, image n: Int, _ input: Convolution.Input, bias: FloatView, _ output: Convolution.Output,
        into result: Activation, scratch: FloatView, _ kernels: Kernels
    ) -> Range<Int> {
        let rows = height * item / itemsPerImage..<height * (item + 1) / itemsPerImage
        let band = region(rows)
        if isPointwise {
            multiplyPixels(rows, columns(part), image: n, input, bias: bias, output, into: result, scratch: scratch, kernels)
            return rows
        }
        kernels.prepare(input, n, band, into: scratch)
        for y in rows {
            let origin = (y - rows.lowerBound) * stride * band.rowPitch
            var product = Kernels.MatrixProduct(
                a: scratch.slice(origin, kernel * band.rowPitch), aStride: stride * band.pitch, aSegment: band.rowPitch,
                b: weights.buffer.view, segments: weights.segments, depth: weights.depth,
                rows: width, columns: weights.columns,
                c: result.rows(n, from: y).slice(0, width * result.pitch), cStride: result.pitch, bias: bias, scale: output.scale)
            if let residual = output.residual {
                product.residual = residual.rows(n, from: y)
                product.residualStride = residual.pitch
            }
            if usesBLAS { product.multiplyWithBLAS(columns: scratch.from(band.count)) } else { kernels.matmul(product) }
        }
        return rows
    }

    /// Whether rows of pixels are all there is to it: they lie side by side in band and output, and are one product.
    private var isPointwise: Bool {
        kernel == 1 && stride == 1 && !usesBLAS && padding.top + padding.left + padding.bottom + padding.right == 0
    }

    /// Multiplies some rows' pixels into `columns`; a source that is taken as it is is read where it lies.
    private func multiplyPixels(
        _ rows: Range<Int>, _ columns: Range<Int>, image n: Int, _ input: Convolution.Input, bias: FloatView,
        _ output: Convolution.Output, into result: Activation, scratch: FloatView, _ kernels: Kernels
    ) {
        let count = rows.count * width, band = region(rows)
        var pixels = scratch.slice(0, band.count)
        if input.sources.count == 1, input.norm == nil, case .identity = input.activation, !input.upsampled {
            pixels = input.sources[0].rows(n, from: rows.lowerBound).slice(0, band.count)
        } else {
            kernels.prepare(input, n, band, into: pixels)
        }
        kernels.matmul(.init(
            a: pixels, aStride: pitch, b: weights.buffer.view.from(columns.lowerBound * weights.depth), depth: weights.depth,
            rows: count, columns: columns.count,
            c: result.rows(n, from: rows.lowerBound).from(columns.lowerBound), cStride: result.pitch,
            bias: bias.from(columns.lowerBound), residual: output.residual?.rows(n, from: rows.lowerBound).from(columns.lowerBound),
            residualStride: output.residual?.pitch ?? 0, scale: output.scale))
    }
}
