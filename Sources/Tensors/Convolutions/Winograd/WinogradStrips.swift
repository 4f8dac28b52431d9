/// Winograd convolution in strips: a work item is a run of tile rows of one image, taken some rows at a time; the two input
/// rows that neighbouring steps share are kept. Where an image's rows cannot be dealt out evenly, all threads take those that are
/// left together, each some of their output channels.
struct WinogradStrips {
    private let convolution: WinogradConvolution
    private let rowsPerStep: Int
    /// Items of an image. They prepare two rows of their neighbours again, so they are few.
    private let pieces: [Piece]
    /// Output channels multiplied before they are transformed back.
    private let block: Int

    /// Tiles a step should have at most: weights brought into cache are used often enough, and the planes stay there.
    private static let tilesWanted = 32

    init(_ convolution: WinogradConvolution, threads: Int) {
        self.convolution = convolution
        let rows = convolution.rows.count, batch = convolution.result.batch
        let fair = (rows * batch + threads - 1) / threads  // something for every thread
        rowsPerStep = max(1, min(rows, fair, Self.tilesWanted / convolution.columns.count))
        block = min(convolution.weights.columns, 128)
        let all = 0..<convolution.weights.columns
        if batch == 1, let even = Self.even(rows: rows, channels: all, threads: threads) {
            pieces = even
        } else {
            let count = max(1, min((rows + rowsPerStep - 1) / rowsPerStep, (2 * threads + batch - 1) / batch))
            pieces = (0..<count).map { Piece(rows: rows * $0 / count..<rows * ($0 + 1) / count, channels: all) }
        }
    }

    /// Some tile rows and output channels.
    struct Piece {
        let rows: Range<Int>, channels: Range<Int>
    }

    /// Equal pieces for the threads, with the channels of the rows that are left divided among them; nil where nothing is left, or so
    /// much that transforming its tiles in every thread, a quarter of the work, would cost more than waiting.
    static func even(rows: Int, channels: Range<Int>, threads: Int) -> [Piece]? {
        let share = rows / threads, left = rows % threads, panels = channels.count / lanes
        guard share > 0, left > 0, panels >= threads, left * (threads + 4) < 4 * threads else { return nil }
        var pieces: [Piece] = []
        for thread in 0..<threads {
            pieces.append(Piece(rows: share * thread..<share * (thread + 1), channels: channels))
            let mine = panels * thread / threads * lanes..<panels * (thread + 1) / threads * lanes
            for row in share * threads..<rows { pieces.append(Piece(rows: row..<row + 1, channels: mine)) }
        }
        return pieces
    }

    /// Floats of the parts of a thread's scratch, for the largest step: a band, its transformed tiles, their products.
    private var sizes: (band: Int, inputs: Int, outputs: Int) {
        let tiles = rowsPerStep * convolution.columns.count
        let span = TileSpan(start: 0, size: convolution.weights.output, count: rowsPerStep)
        return (
            convolution.region(span).count, convolution.planes(tiles, channels: convolution.weights.depth).count,
            convolution.planes(tiles, channels: block).count)
    }

    func run(_ pass: Pass) {
        let sizes = sizes
        let transformed = convolution.transformedWeights(pass)
        pass.parallel(convolution.result.batch * pieces.count, scratch: sizes.band + sizes.inputs + sizes.outputs) { item, scratch in
            guard let weights = transformed?.view else { return }  // never while computing
            let n = item / pieces.count, piece = pieces[item % pieces.count], band = scratch.slice(0, sizes.band)
            var done = piece.rows.lowerBound, before: TileSpan?
            while done < piece.rows.upperBound, !pass.shouldLeave {  // of a large image an item takes long
                let step = convolution.rows.span(from: done, most: rowsPerStep, before: piece.rows.upperBound)
                convolution.prepare(step, after: before, image: n, band: band, pass.kernels)
                multiply(
                    step, piece.channels, by: weights, image: n, band, v: scratch.slice(sizes.band, sizes.inputs), m: scratch.from(sizes.band + sizes.inputs),
                    pass.kernels)
                done += step.count
                before = step
            }
        }
    }

    private func multiply(
        _ step: TileSpan, _ wanted: Range<Int>, by weights: FloatView, image n: Int, _ band: FloatView, v: FloatView, m: FloatView, _ kernels: Kernels
    ) {
        let depth = convolution.weights.depth, isSmall = step.size < convolution.weights.output
        let order = TileOrder(largeRows: isSmall ? 0 : step.count, smallRows: isSmall ? step.count : 0, columns: convolution.columns)
        let inputs = convolution.planes(order.count, channels: depth)
        let rows = WinogradConvolution.PlacedRows(span: step, order: order, row: 0)
        convolution.transform(rows, band, into: v, inputs, kernels)
        for start in stride(from: wanted.lowerBound, to: wanted.upperBound, by: block) {
            let channels = start..<min(start + block, wanted.upperBound), outputs = convolution.planes(order.count, channels: channels.count)
            convolution.multiply(
                .init(order: order, v: v, inputs: inputs, m: m, outputs: outputs, columns: channels.count),
                by: weights, from: start, kernels)
            convolution.finish(rows, image: n, m: m, outputs, channels, kernels)
        }
    }
}
