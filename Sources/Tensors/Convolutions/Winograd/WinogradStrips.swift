/// Winograd convolution in strips: a work item is a run of tile rows of one image, taken some rows at a time; the two
/// input rows that neighbouring steps share are kept. Where an image's rows cannot be dealt out evenly, all threads
/// take those that are left together, each some of their output channels.
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
        let rows = convolution.grid.tileRows.count, batch = convolution.call.batch
        let fair = (rows * batch + threads - 1) / threads  // something for every thread
        rowsPerStep = max(1, min(rows, fair, Self.tilesWanted / convolution.grid.tileColumns.count))
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

    /// Equal pieces for the threads, with the channels of the rows that are left divided among them; nil where nothing
    /// is left, or so much that transforming its tiles in every thread, a quarter of the work, would cost more than
    /// waiting.
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

    /// A thread's scratch, or floats of its parts for the largest step.
    private struct Workspace<Part> {
        let band: Part, v: Part, m: Part
    }

    private var sizes: Workspace<Int> {
        let tiles = rowsPerStep * convolution.grid.tileColumns.count
        let span = TileSpan(start: 0, size: convolution.weights.output, count: rowsPerStep)
        return Workspace(
            band: convolution.region(span).count,
            v: convolution.planes(tiles, channels: convolution.weights.depth).count,
            m: convolution.planes(tiles, channels: block).count)
    }

    func run(_ pass: Pass) {
        let sizes = sizes, transformed = convolution.weights.transformed(pass)
        let items = convolution.call.batch * pieces.count
        pass.parallel(items, scratch: sizes.band + sizes.v + sizes.m) { item, scratch in
            guard let u = transformed.planes else { return }  // never while computing
            let piece = pieces[item % pieces.count],
                workspace = Workspace(
                    band: scratch.slice(0, sizes.band), v: scratch.slice(sizes.band, sizes.v),
                    m: scratch.from(sizes.band + sizes.v))
            var done = piece.rows.lowerBound, before: TileSpan?
            while done < piece.rows.upperBound, !pass.shouldLeave {  // of a large image an item takes long
                let step = convolution.grid.tileRows.span(from: done, most: rowsPerStep, before: piece.rows.upperBound)
                let rows = place(step, image: item / pieces.count)
                convolution.prepare(step, after: before, image: rows.image, band: workspace.band)
                compute(rows, piece.channels, by: u, in: workspace)
                done += step.count
                before = step
            }
        }
        transformed.release(pass)
    }

    /// A step's tile rows, which stand alone.
    private func place(_ step: TileSpan, image: Int) -> WinogradConvolution.PlacedRows {
        let isSmall = step.size < convolution.weights.output
        let order = TileOrder(
            largeRows: isSmall ? 0 : step.count, smallRows: isSmall ? step.count : 0,
            columns: convolution.grid.tileColumns)
        return .init(image: image, span: step, order: order, row: 0)
    }

    /// Takes a step from the band, which is prepared, to the output.
    private func compute(
        _ rows: WinogradConvolution.PlacedRows, _ wanted: Range<Int>, by u: FloatView,
        in workspace: Workspace<FloatView>
    ) {
        let depth = convolution.weights.depth, tiles = rows.order.count
        let v = PlacedPlanes(floats: workspace.v, planes: convolution.planes(tiles, channels: depth))
        convolution.transformInput(rows, workspace.band, into: v)
        for start in stride(from: wanted.lowerBound, to: wanted.upperBound, by: block) {
            let channels = start..<min(start + block, wanted.upperBound)
            let m = PlacedPlanes(floats: workspace.m, planes: convolution.planes(tiles, channels: channels.count))
            convolution.multiply(
                .init(order: rows.order, v: v, m: m, columns: channels.count), by: u, from: start)
            convolution.transformOutput(rows, m, channels: channels)
        }
    }
}
