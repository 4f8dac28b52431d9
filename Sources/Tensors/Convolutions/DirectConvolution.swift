/// A convolution multiplied straight from the band: a kernel row's taps lie side by side in a channels-last band, so
/// the matrix kernel takes them as one long reduction and no columns are gathered. Only of images narrower than a tile
/// of the matrix kernel are they, all rows' in one product: else the weights would be read for every few pixels.
struct DirectConvolution {
    private let call: ConvolutionCall
    private let weights: PackedWeights
    private let usesBLAS: Bool
    private let rowsPerItem: Int
    /// Whether all taps of each output are copied side by side.
    private let gathersTaps: Bool
    private let itemsPerImage: Int
    /// Parts the output channels are cut into where there are fewer bands than threads: linear layers over a few rows.
    private let columnParts: Int

    /// Floats a band should stay under, to live in a core's second-level cache beside the weights: 256 KiB.
    private static let budget = 65_536

    /// Outputs that fill a tile of the matrix kernel.
    private static let tile = 14

    /// The cut into items decides speed only: every output element is computed the same way in any band.
    init(_ call: ConvolutionCall, _ weights: PackedWeights, usesBLAS: Bool, threads: Int) {
        (self.call, self.weights, self.usesBLAS) = (call, weights, usesBLAS)
        let shape = call.shape, kernel = shape.kernel, height = call.result.height, batch = call.batch
        gathersTaps = kernel.taps > 1 && kernel.isSquare && call.result.width < Self.tile && !usesBLAS
        let rowFloats = (call.input.width + shape.padding.left + shape.padding.right) * call.input.pitch * shape.stride
        // At least one item for every thread.
        let fair = gathersTaps ? height : max(1, (height * batch + threads - 1) / threads)
        rowsPerItem = max(1, min(height, fair, Self.budget / max(rowFloats, 1)))
        let items = (height + rowsPerItem - 1) / rowsPerItem
        // Of few items no thread should get one more than another.
        let isShort = batch < threads && !gathersTaps
        itemsPerImage = isShort ? min(height, (items + threads - 1) / threads * threads) : items
        let bands = batch * itemsPerImage, isLinear = kernel == .pointwise && shape.stride == 1
        let isCut = bands < threads && (gathersTaps || isLinear) && !usesBLAS
        let partsWanted = (gathersTaps ? threads : 2 * threads) / max(1, bands)  // each part gathers all taps again
        columnParts = isCut ? max(1, min(weights.columns / lanes, partsWanted)) : 1
    }

    /// The output channels of a part.
    private func columns(_ part: Int) -> Range<Int> {
        let panels = weights.columns / lanes
        return panels * part / columnParts * lanes..<panels * (part + 1) / columnParts * lanes
    }

    private func region(_ rows: Range<Int>) -> BandRegion {
        call.shape.region(under: rows, inputWidth: call.input.width, pitch: call.input.pitch)
    }

    /// Floats of scratch an item needs.
    private var scratch: Int {
        let band = region(0..<rowsPerItem).count, width = call.result.width
        let taps = weights.segments * weights.depth
        return band + (usesBLAS ? width * taps : gathersTaps ? rowsPerItem * width * taps : 0)
    }

    func run(_ pass: Pass) {
        pass.parallel(call.batch * itemsPerImage * columnParts, scratch: scratch) { item, scratch in
            let band = item / columnParts
            let part = ConvolutionCall.Part(
                image: band / itemsPerImage, rows: call.rows(band % itemsPerImage, of: itemsPerImage),
                channels: columns(item % columnParts))
            compute(part, scratch)
            call.finish(part)
        }
    }

    private func compute(_ part: ConvolutionCall.Part, _ scratch: FloatView) {
        if isPointwise { return multiplyPixels(part, scratch) }
        let band = region(part.rows)
        call.prepare(band, image: part.image, into: scratch)
        if gathersTaps {
            let perOutput = weights.segments * weights.depth, width = call.result.width
            let taps = scratch.slice(band.count, part.rows.count * width * perOutput)
            call.kernels.gather(
                .init(
                    band: scratch.slice(0, band.count), rowPitch: band.rowPitch, pitch: band.pitch,
                    kernel: call.shape.kernel.height, stride: call.shape.stride, channels: band.pitch,
                    rows: part.rows.count, width: width, y: taps, yPitch: perOutput))
            return call.multiply(taps, by: weights, into: part)
        }
        for y in part.rows {
            let origin = (y - part.rows.lowerBound) * call.shape.stride * band.rowPitch
            let product = product(of: scratch.from(origin), band, image: part.image, row: y)
            if usesBLAS {
                product.multiplyWithBLAS(columns: scratch.from(band.count))
            } else {
                call.kernels.matmul(product)
            }
        }
    }

    /// An output row from the band rows under it.
    private func product(of rows: FloatView, _ band: BandRegion, image n: Int, row y: Int) -> Kernels.MatrixProduct {
        let width = call.result.width, residual = call.output.residual
        return Kernels.MatrixProduct(
            a: rows.slice(0, call.shape.kernel.height * band.rowPitch), aStride: call.shape.stride * band.pitch,
            aSegment: band.rowPitch, b: weights.buffer.view, segments: weights.segments, depth: weights.depth,
            rows: width, columns: weights.columns,
            c: call.result.rows(n, from: y).slice(0, width * call.result.pitch), cStride: call.result.pitch,
            bias: call.bias(n), residual: residual?.rows(n, from: y), residualStride: residual?.pitch ?? 0,
            scale: call.output.scale)
    }

    /// Whether rows of pixels are all there is to it: they lie side by side in band and output, and are one product.
    private var isPointwise: Bool {
        call.shape.kernel == .pointwise && call.shape.stride == 1 && !usesBLAS && call.shape.padding == .none
    }

    /// Multiplies the pixels of a part's rows; a source that is taken as it is is read where it lies.
    private func multiplyPixels(_ part: ConvolutionCall.Part, _ scratch: FloatView) {
        let band = region(part.rows), input = call.input
        var pixels = scratch.slice(0, band.count)
        if input.sources.count == 1, input.norm == nil, case .identity = input.activation, !input.upsampled {
            pixels = input.sources[0].rows(part.image, from: part.rows.lowerBound).slice(0, band.count)
        } else {
            call.prepare(band, image: part.image, into: pixels)
        }
        call.multiply(pixels, by: weights, into: part)
    }
}
