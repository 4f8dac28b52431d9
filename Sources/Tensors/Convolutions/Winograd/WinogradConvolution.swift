import CKernels

/// A 3x3 convolution of stride 1 and padding 1 as F(m x m, 3 x 3), m = 6, 4 or 2, in two dimensions (Lavin & Gray 2016,
/// section 4): Y = A^T ((G g G^T) . (B^T d B)) A for a kernel g, an input tile d of m + 2 by m + 2 pixels and its m by
/// m outputs Y; the dot multiplies element by element, and sums over the input channels.
///
///        band                       V                           M                        Y
///   some input rows,       a plane for each pair       a plane for each pair        output rows
///       padded             (i, j) of m + 2 points      (i, j) of m + 2 points
///
///   . . . . . . . . .             +-----------+               +-----------+         +---+---+---+-
///   . +-------+ . . .            +-----------+|              +-----------+|         | m | m |   |
///   . | m + 2 | . . .           +-----------+||             +-----------+||         |x m|x m|   |
///   . |   x   | . . .   ---->   | tile 0    |||    ---->    | tile 0    |||  ---->  +---+---+---+-
///   . | m + 2 | . . .           | tile 1    ||+             | tile 1    ||+         |   |   |   |
///   . +-------+ . . .           | ...       |+              | ...       |+          |   |   |   |
///   . . . . . . . . .           +-----------+               +-----------+           +---+---+---+-
///    inputs a pixel             inputs a tile               outputs a tile         outputs a pixel
///
///        `prepare`      `transformInput`        `multiply`         `transformOutput`
///    norm, activation,   V = B^T d B      M = V U, a matrix           Y = A^T M A,
///       upsampling                         product a plane       bias, residual, scale
///
/// U = G g G^T is the transformed filter, see `WinogradWeights`. Tiles overlap by two pixels in the band and not at all
/// in the output. An axis may have tiles of two sizes, see `TileAxis`; planes of points that the small ones do not have
/// hold the large ones only, see `TileOrder`.
///
/// The work is cut in one of two ways, which decide speed only: every output element is computed the same way in
/// either. In strips, a thread takes some tile rows through all stages in its own scratch. Shared, the threads
/// transform the tiles together and divide the output channels, so that each weight is read once: for images of few
/// tiles.
struct WinogradConvolution {
    let call: ConvolutionCall
    let weights: WinogradWeights
    let grid: TileGrid

    init(_ call: ConvolutionCall, _ weights: WinogradWeights) {
        (self.call, self.weights) = (call, weights)
        grid = TileGrid(height: call.result.height, width: call.result.width, output: weights.output)
    }

    func run(_ pass: Pass) {
        if weights.form != .atUse, isCutInStrips(threads: pass.threads) {
            WinogradStrips(self, threads: pass.threads).run(pass)
        } else {
            WinogradShared(self, pass).run(pass)
        }
    }

    private func isCutInStrips(threads: Int) -> Bool {
        let tiles = grid.count
        if tiles > Self.tilesShared || weights.columns <= lanes { return true }
        let isSmall = weights.depth * weights.columns <= Self.weightsRepeated
        return tiles >= Self.tilesOfStrips && call.batch >= threads && isSmall
    }

    /// The most tiles of an image whose weights are read once for all threads.
    static let tilesShared = 64
    /// Tiles for which each thread may read all weights again and again, image by image, if it has images of its own,
    /// and pairs of channels of these weights.
    private static let tilesOfStrips = 16
    private static let weightsRepeated = 49_152

    /// The planes of `tiles` tiles.
    func planes(_ tiles: Int, channels: Int) -> WinogradPlanes {
        WinogradPlanes(tiles: tiles, channels: channels, output: weights.output)
    }

    /// Points along an axis.
    var points: Range<Int> { 0..<weights.output + 2 }

    /// Whether there is something in a point of the rows or of the columns. After nearest upsampling there is nothing
    /// in `CK_VANISHING_POINT`: a quarter of the products and more is saved.
    func has(_ point: Int) -> Bool { !(call.input.upsampled && point == Int(CK_VANISHING_POINT)) }

    /// The input rows under some tile rows.
    func region(_ span: TileSpan) -> BandRegion {
        BandRegion(
            top: span.start - 1, rows: span.outputs + 2, width: grid.tileColumns.outputs + 2, left: 1,
            pitch: weights.depth)
    }

    /// The image rows some tile rows cover.
    func imageRows(_ span: TileSpan) -> Range<Int> { span.start..<min(call.result.height, span.end) }

    /// Some tile rows of an image, where they stand among others.
    struct PlacedRows {
        let image: Int
        let span: TileSpan
        let order: TileOrder
        /// The first, counted among the rows of its kind.
        let row: Int
    }

    private func start(_ rows: PlacedRows, inSmallColumns: Bool) -> Int {
        rows.order.start(row: rows.row, isSmall: rows.span.size < weights.output, inSmallColumns: inSmallColumns)
    }
}

/// Band, V, M and Y.
extension WinogradConvolution {
    /// Fills the band of some tile rows; the rows it shares with those before, if they were there, are moved.
    func prepare(_ rows: TileSpan, after before: TileSpan?, image n: Int, band: FloatView) {
        let region = region(rows)
        guard let before else { return call.prepare(region, image: n, into: band.slice(0, region.count)) }
        let shared = 2 * region.rowPitch
        band.slice(0, shared).copy(from: band.slice(before.outputs * region.rowPitch, shared))
        let fresh = BandRegion(
            top: region.top + 2, rows: region.rows - 2, width: region.width, left: region.left, pitch: region.pitch)
        call.prepare(fresh, image: n, into: band.slice(shared, fresh.count))
    }

    /// The input transform, V = B^T d B, of a band's tiles.
    /// - Parameter ahead: what is brought near meanwhile.
    func transformInput(_ rows: PlacedRows, _ band: FloatView, into v: PlacedPlanes, ahead: FloatView? = nil) {
        let region = region(rows.span), all = grid.tileColumns
        for isSmall in [false, true] {
            let columns = isSmall ? all.small : all.large
            guard columns.count > 0 else { continue }
            let isSecond = isSmall && all.large.count > 0
            call.kernels.winogradInput(
                .init(
                    band: band.from(columns.start * region.pitch), rowPitch: region.rowPitch, pitch: region.pitch,
                    rows: rows.span, columns: columns, isDoubled: call.input.upsampled,
                    v: v.floats.from(start(rows, inSmallColumns: isSmall) * weights.depth), planes: v.planes,
                    ahead: isSecond ? nil : ahead))
        }
    }

    /// Transformed tiles, and where their products with the weights of some output channels go.
    struct Operands {
        let order: TileOrder
        let v: PlacedPlanes, m: PlacedPlanes
        /// Output channels.
        let columns: Int
    }

    /// A row of planes of U for some output channels, or some input channels of it.
    struct FilterRow {
        /// Which row of planes.
        let i: Int
        let inputs: Range<Int>
        /// These channels' weights in the row's first plane; `pitch` floats later those in the next.
        let u: FloatView, pitch: Int
        /// What is brought near meanwhile, a share with each product; if nil, the weights of the next plane.
        var ahead: FloatView?
    }

    /// M = V U in a row of planes, or M + V U of input channels after the first.
    func multiply(_ tiles: Operands, by filter: FilterRow) {
        let depth = weights.depth, columns = tiles.columns, count = filter.inputs.count
        let share = (filter.ahead?.count ?? 0) / points.count, u = filter.u, i = filter.i
        let first = min(columns, call.kernels.panels * lanes) * count  // what is multiplied first of a plane
        for j in points where has(j) {
            let range = tiles.order.tiles(i, j)
            guard !range.isEmpty else { continue }
            let a = tiles.v.planes.start(i, j) + range.lowerBound * depth + filter.inputs.lowerBound
            let c = tiles.m.planes.start(i, j) + range.lowerBound * columns
            call.kernels.matmul(
                .init(
                    a: tiles.v.floats.slice(a, (range.count - 1) * depth + count), aStride: depth,
                    b: u.slice(j * filter.pitch, columns * count), depth: count, rows: range.count, columns: columns,
                    c: tiles.m.floats.slice(c, range.count * columns), cStride: columns,
                    accumulates: filter.inputs.lowerBound > 0,
                    next: filter.ahead?.slice(j * share, share)
                        ?? u.slice(min((j + 1) * filter.pitch, u.count - first), first)))
        }
    }

    /// M = V U in all planes, for output channels from `start` on.
    /// - Parameter transformed: U of all channels.
    func multiply(_ tiles: Operands, by transformed: FloatView, from start: Int) {
        let pitch = weights.columns * weights.depth
        for i in points where has(i) {
            let u = transformed.from(i * points.count * pitch + start * weights.depth)
            multiply(tiles, by: FilterRow(i: i, inputs: 0..<weights.depth, u: u, pitch: pitch))
        }
    }

    /// The output transform, Y = A^T M A, of some tile rows and output channels, with bias, residual and scale.
    /// - Parameter m: planes of these channels.
    func transformOutput(_ rows: PlacedRows, _ m: PlacedPlanes, channels: Range<Int>) {
        let result = call.result, output = call.output, n = rows.image, y = rows.span.start
        let bias = call.bias(n).slice(channels.lowerBound, channels.count), imageRows = imageRows(rows.span)
        for isSmall in [false, true] {
            let columns = isSmall ? grid.tileColumns.small : grid.tileColumns.large
            let origin = columns.start * result.pitch + channels.lowerBound
            guard columns.count > 0 else { continue }
            call.kernels.winogradOutput(
                .init(
                    m: m.floats.from(start(rows, inSmallColumns: isSmall) * channels.count), planes: m.planes,
                    rows: rows.span, columns: columns, isDoubled: call.input.upsampled, height: imageRows.count,
                    width: min(result.width - columns.start, columns.outputs), channels: channels.count,
                    y: result.rows(n, from: y).from(origin), rowPitch: result.width * result.pitch, pitch: result.pitch,
                    bias: bias, residual: output.residual?.rows(n, from: y).from(origin), scale: output.scale))
        }
        call.finish(.init(image: n, rows: imageRows, channels: channels))
    }
}
