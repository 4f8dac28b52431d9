/// Winograd convolution in strips: a work item is a run of tile rows of one image, taken some rows at a time; the two input
/// rows that neighbouring steps share are kept.
struct WinogradStrips {
    private let convolution: WinogradConvolution
    /// [product][panel][depth][16].
    private let weights: FloatBuffer
    private let rowsPerStep: Int
    /// Items prepare two rows of their neighbours again, so they are few.
    private let itemsPerImage: Int
    /// Output channels multiplied before they are transformed back.
    private let block: Int

    /// Tiles a step should have at most: weights brought into cache are used often enough, and the planes stay there.
    private static let tilesWanted = 32

    init(_ convolution: WinogradConvolution, _ weights: FloatBuffer, threads: Int) {
        self.convolution = convolution
        self.weights = weights
        let rows = convolution.rows.count, batch = convolution.result.batch
        let fair = (rows * batch + threads - 1) / threads  // something for every thread
        rowsPerStep = max(1, min(rows, fair, Self.tilesWanted / convolution.columns.count))
        itemsPerImage = max(1, min((rows + rowsPerStep - 1) / rowsPerStep, (2 * threads + batch - 1) / batch))
        block = min(convolution.weights.columns, 128)
    }

    /// Floats of the parts of a thread's scratch, for the largest step: a band, its transformed tiles, their products.
    private var sizes: (band: Int, inputs: Int, outputs: Int) {
        let tiles = rowsPerStep * convolution.columns.count
        let span = TileSpan(start: 0, size: convolution.weights.output, count: rowsPerStep)
        return (
            convolution.region(span).count, convolution.planes(tiles, channels: convolution.weights.depth).count,
            convolution.planes(tiles, channels: block).count)
    }

    func run(_ compute: Compute) {
        let sizes = sizes
        compute.parallel(convolution.result.batch * itemsPerImage, scratch: sizes.band + sizes.inputs + sizes.outputs) { item, scratch in
            let n = item / itemsPerImage, part = item % itemsPerImage, rows = convolution.rows.count
            let end = rows * (part + 1) / itemsPerImage, band = scratch.slice(0, sizes.band)
            var done = rows * part / itemsPerImage, before: TileSpan?
            while done < end {
                let step = convolution.rows.span(from: done, most: rowsPerStep, before: end)
                prepare(step, after: before, image: n, band: band, compute.kernels)
                multiply(
                    step, image: n, band, v: scratch.slice(sizes.band, sizes.inputs), m: scratch.from(sizes.band + sizes.inputs),
                    compute.kernels)
                done += step.count
                before = step
            }
        }
    }

    /// Fills the band of a step; the rows it shares with the step before are moved.
    private func prepare(_ step: TileSpan, after before: TileSpan?, image n: Int, band: FloatView, _ kernels: Kernels) {
        let region = convolution.region(step)
        guard let before else { return kernels.prepare(convolution.input, n, region, into: band.slice(0, region.count)) }
        let shared = 2 * region.rowPitch
        band.slice(0, shared).copy(from: band.slice(before.outputs * region.rowPitch, shared))
        let fresh = BandRegion(top: region.top + 2, rows: region.rows - 2, width: region.width, left: region.left, pitch: region.pitch)
        kernels.prepare(convolution.input, n, fresh, into: band.slice(shared, fresh.count))
    }

    private func multiply(
        _ step: TileSpan, image n: Int, _ band: FloatView, v: FloatView, m: FloatView, _ kernels: Kernels
    ) {
        let depth = convolution.weights.depth, columns = convolution.weights.columns, isSmall = step.size < convolution.weights.output
        let order = TileOrder(largeRows: isSmall ? 0 : step.count, smallRows: isSmall ? step.count : 0, columns: convolution.columns)
        let inputs = convolution.planes(order.count, channels: depth)
        let rows = WinogradConvolution.PlacedRows(span: step, order: order, row: 0)
        convolution.transform(rows, band, into: v, inputs, kernels)
        for start in stride(from: 0, to: columns, by: block) {
            let channels = start..<min(start + block, columns), outputs = convolution.planes(order.count, channels: channels.count)
            convolution.multiply(
                .init(order: order, v: v, inputs: inputs, m: m, outputs: outputs, columns: channels.count), by: weights.view, from: start,
                kernels)
            convolution.finish(rows, image: n, m: m, outputs, channels, kernels)
        }
    }
}
