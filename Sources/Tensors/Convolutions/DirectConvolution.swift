/// A convolution multiplied straight from the band: a kernel row's taps lie side by side in a channels-last band, so the
/// matrix kernel takes them as one long reduction and no columns are gathered. Only of images narrower than a tile of the matrix
/// kernel are they, all rows' in one product: else the weights would be read for every few pixels.
struct DirectConvolution {
    private let weights: PackedWeights
    private let usesBLAS: Bool
    private let height: Int, width: Int
    private let rowsPerItem: Int
    private let stride: Int, kernel: Int, padding: Convolution.Padding
    private let inputWidth: Int, pitch: Int
    /// Whether all taps of each output are copied side by side.
    private let gathersTaps: Bool
    let itemsPerImage: Int
    /// Parts the output channels are cut into where there are fewer bands than threads: linear layers over a few rows.
    let columnParts: Int

    /// Floats a band should stay under, to live in a core's second-level cache beside the weights: 256 KiB.
    private static let budget = 65_536

    /// Outputs that fill a tile of the matrix kernel.
    private static let tile = 14

    /// The cut into items decides speed only: every output element is computed the same way in any band.
    init(_ convolution: Convolution, _ weights: PackedWeights, _ input: Convolution.Input, height: Int, width: Int, threads: Int) {
        self.weights = weights
        usesBLAS = if case .reference = convolution.weights { true } else { false }
        (self.height, self.width) = (height, width)
        (stride, kernel, padding) = (convolution.stride, convolution.kernel, convolution.padding)
        (inputWidth, pitch) = (input.width, input.pitch)
        gathersTaps = convolution.kernel > 1 && width < Self.tile && !usesBLAS
        let rowFloats = (input.width + padding.left + padding.right) * pitch * stride
        let batch = input.sources[0].batch
        let fair = gathersTaps ? height : max(1, (height * batch + threads - 1) / threads)  // at least one item for every thread
        rowsPerItem = max(1, min(height, fair, Self.budget / max(rowFloats, 1)))
        let items = (height + rowsPerItem - 1) / rowsPerItem
        // Of few items no thread should get one more than another.
        itemsPerImage = batch < threads && !gathersTaps ? min(height, (items + threads - 1) / threads * threads) : items
        let bands = batch * itemsPerImage, isCut = bands < threads && (gathersTaps || kernel == 1 && stride == 1) && !usesBLAS
        let partsWanted = (gathersTaps ? threads : 2 * threads) / max(1, bands)  // each part gathers all taps again
        columnParts = isCut ? max(1, min(weights.columns / lanes, partsWanted)) : 1
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
        let taps = weights.segments * weights.depth
        return band + (usesBLAS ? width * taps : gathersTaps ? rowsPerItem * width * taps : 0)
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
        if gathersTaps {
            let perOutput = weights.segments * weights.depth, taps = scratch.slice(band.count, rows.count * width * perOutput)
            kernels.gather(.init(
                band: scratch.slice(0, band.count), rowPitch: band.rowPitch, pitch: pitch, kernel: kernel, stride: stride, channels: pitch,
                rows: rows.count, width: width, y: taps, yPitch: perOutput))
            multiply(taps, rows, columns(part), image: n, bias: bias, output, into: result, kernels)
            return rows
        }
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
        let band = region(rows)
        var pixels = scratch.slice(0, band.count)
        if input.sources.count == 1, input.norm == nil, case .identity = input.activation, !input.upsampled {
            pixels = input.sources[0].rows(n, from: rows.lowerBound).slice(0, band.count)
        } else {
            kernels.prepare(input, n, band, into: pixels)
        }
        multiply(pixels, rows, columns, image: n, bias: bias, output, into: result, kernels)
    }

    /// One product of all taps, `a`, of some rows' outputs.
    private func multiply(
        _ a: FloatView, _ rows: Range<Int>, _ columns: Range<Int>, image n: Int, bias: FloatView, _ output: Convolution.Output,
        into result: Activation, _ kernels: Kernels
    ) {
        let taps = weights.segments * weights.depth
        kernels.matmul(.init(
            a: a, aStride: taps, b: weights.buffer.view.from(columns.lowerBound * taps), depth: taps, rows: rows.count * width,
            columns: columns.count, c: result.rows(n, from: rows.lowerBound).from(columns.lowerBound), cStride: result.pitch,
            bias: bias.from(columns.lowerBound), residual: output.residual?.rows(n, from: rows.lowerBound).from(columns.lowerBound),
            residualStride: output.residual?.pitch ?? 0, scale: output.scale))
    }
}
