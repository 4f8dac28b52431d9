import CKernels

/// A 3x3 convolution of stride 1 and padding 1 through Winograd's domain: tiles are prepared in a padded band, transformed,
/// multiplied plane by plane and transformed back into the output, with bias, residual and scale.
///
/// The work is cut in one of two ways, which decide speed only: every output element is computed the same way in either.
/// In strips, a thread takes some tile rows through all stages in its own scratch. Shared, the threads transform the tiles
/// together and divide the output channels, so that each weight is read once: for images of few tiles.
struct WinogradConvolution {
    let weights: WinogradWeights
    let input: Convolution.Input, output: Convolution.Output
    let result: Activation
    let bias: FloatBuffer
    let rows: WinogradAxis, columns: WinogradAxis

    init(_ weights: WinogradWeights, _ input: Convolution.Input, _ output: Convolution.Output, bias: FloatBuffer, into result: Activation) {
        (self.weights, self.input, self.output, self.bias, self.result) = (weights, input, output, bias, result)
        rows = WinogradAxis(result.height, output: weights.output)
        columns = WinogradAxis(result.width, output: weights.output)
    }

    func run(_ pass: Pass) {
        if weights.form != .atUse, isCutInStrips(threads: pass.threads) {
            WinogradStrips(self, threads: pass.threads).run(pass)
        } else {
            WinogradShared(self, pass).run(pass)
        }
    }

    /// The transformed weights, made now if they have not been: before the threads begin, which would wait for each other. Nil while
    /// measuring.
    func transformedWeights(_ pass: Pass) -> FloatBuffer? { pass.isMeasuring ? nil : weights.planes }

    private func isCutInStrips(threads: Int) -> Bool {
        let tiles = rows.count * columns.count
        if tiles > Self.tilesShared || weights.columns <= lanes { return true }
        return tiles >= Self.tilesOfStrips && result.batch >= threads && weights.depth * weights.columns <= Self.weightsRepeated
    }

    /// The most tiles of an image whose weights are read once for all threads.
    static let tilesShared = 64
    /// Tiles for which each thread may read all weights again and again, image by image, if it has images of its own, and pairs of
    /// channels of these weights.
    private static let tilesOfStrips = 16
    private static let weightsRepeated = 49_152

    /// The planes of `tiles` tiles.
    func planes(_ tiles: Int, channels: Int) -> WinogradPlanes {
        WinogradPlanes(tiles: tiles, channels: channels, output: weights.output)
    }

    /// Points along an axis.
    var points: Range<Int> { 0..<weights.output + 2 }

    /// Whether there is something in a point of the rows or of the columns. After nearest upsampling there is nothing in
    /// `CK_VANISHING_POINT`: a quarter of the products and more is saved.
    func has(_ point: Int) -> Bool { !(input.upsampled && point == Int(CK_VANISHING_POINT)) }

    /// The input rows under some tile rows.
    func region(_ span: TileSpan) -> BandRegion {
        BandRegion(top: span.start - 1, rows: span.outputs + 2, width: columns.outputs + 2, left: 1, pitch: weights.depth)
    }

    /// Fills the band of some tile rows; the rows it shares with those before, if they were there, are moved.
    func prepare(_ rows: TileSpan, after before: TileSpan?, image n: Int, band: FloatView, _ kernels: Kernels) {
        let region = region(rows)
        guard let before else { return kernels.prepare(input, n, region, into: band.slice(0, region.count)) }
        let shared = 2 * region.rowPitch
        band.slice(0, shared).copy(from: band.slice(before.outputs * region.rowPitch, shared))
        let fresh = BandRegion(top: region.top + 2, rows: region.rows - 2, width: region.width, left: region.left, pitch: region.pitch)
        kernels.prepare(input, n, fresh, into: band.slice(shared, fresh.count))
    }

    /// Some tile rows, where they stand among others.
    struct PlacedRows {
        let span: TileSpan
        let order: TileOrder
        /// The first, counted among the rows of its kind.
        let row: Int
    }

    private func start(_ rows: PlacedRows, inSmallColumns: Bool) -> Int {
        rows.order.start(row: rows.row, isSmall: rows.span.size < weights.output, inSmallColumns: inSmallColumns)
    }

    /// Transforms the tiles of a band into `v`.
    /// - Parameter ahead: what is brought near meanwhile.
    func transform(
        _ rows: PlacedRows, _ band: FloatView, into v: FloatView, _ planes: WinogradPlanes, ahead: FloatView? = nil, _ kernels: Kernels
    ) {
        let region = region(rows.span)
        for isSmall in [false, true] {
            let columns = isSmall ? columns.small : columns.large
            guard columns.count > 0 else { continue }
            kernels.winogradInput(.init(
                band: band.from(columns.start * region.pitch), rowPitch: region.rowPitch, pitch: region.pitch, rows: rows.span,
                columns: columns, isDoubled: input.upsampled, v: v.from(start(rows, inSmallColumns: isSmall) * weights.depth),
                planes: planes, ahead: isSmall && self.columns.large.count > 0 ? nil : ahead))
        }
    }

    /// Transformed tiles, and where their products with the weights of some output channels go.
    struct Operands {
        let order: TileOrder
        let v: FloatView, inputs: WinogradPlanes
        let m: FloatView, outputs: WinogradPlanes
        /// Output channels.
        let columns: Int
    }

    /// Multiplies some input channels in a row of planes.
    /// - Parameters:
    ///   - u: these channels' weights in the row's first plane; `pitch` floats later those of the next.
    ///   - ahead: what is brought near meanwhile, a share with each product; by default the weights of the next plane.
    func multiply(
        _ tiles: Operands, row i: Int, _ channels: Range<Int>, by u: FloatView, pitch: Int, ahead: FloatView? = nil, _ kernels: Kernels
    ) {
        let depth = weights.depth, columns = tiles.columns, share = (ahead?.count ?? 0) / points.count
        let first = min(columns, kernels.panels * lanes) * channels.count  // what is multiplied first of a plane
        for j in points where has(j) {
            let range = tiles.order.tiles(i, j)
            guard !range.isEmpty else { continue }
            let start = tiles.inputs.start(i, j) + range.lowerBound * depth + channels.lowerBound
            kernels.matmul(.init(
                a: tiles.v.slice(start, (range.count - 1) * depth + channels.count), aStride: depth,
                b: u.slice(j * pitch, columns * channels.count), depth: channels.count, rows: range.count, columns: columns,
                c: tiles.m.slice(tiles.outputs.start(i, j) + range.lowerBound * columns, range.count * columns), cStride: columns,
                accumulates: channels.lowerBound > 0,
                next: ahead?.slice(j * share, share) ?? u.slice(min((j + 1) * pitch, u.count - first), first)))
        }
    }

    /// Multiplies all planes by the weights of output channels from `start` on, which were transformed at load.
    func multiply(_ tiles: Operands, by transformed: FloatView, from start: Int, _ kernels: Kernels) {
        let pitch = weights.columns * weights.depth
        for i in points where has(i) {
            multiply(
                tiles, row: i, 0..<weights.depth, by: transformed.from(i * points.count * pitch + start * weights.depth), pitch: pitch, kernels)
        }
    }

    /// Transforms some channels of some tile rows of image `n` back.
    /// - Parameter m: planes of these channels.
    func finish(_ rows: PlacedRows, image n: Int, m: FloatView, _ planes: WinogradPlanes, _ channels: Range<Int>, _ kernels: Kernels) {
        let row = output.channelBias?.row(n) ?? bias.view, y = rows.span.start
        for isSmall in [false, true] {
            let columns = isSmall ? columns.small : columns.large, origin = columns.start * result.pitch + channels.lowerBound
            guard columns.count > 0 else { continue }
            kernels.winogradOutput(.init(
                m: m.from(start(rows, inSmallColumns: isSmall) * channels.count), planes: planes, rows: rows.span, columns: columns,
                isDoubled: input.upsampled, height: imageRows(rows.span).count, width: min(result.width - columns.start, columns.outputs),
                channels: channels.count, y: result.rows(n, from: y).from(origin), rowPitch: result.width * result.pitch,
                pitch: result.pitch, bias: row.slice(channels.lowerBound, channels.count),
                residual: output.residual?.rows(n, from: y).from(origin), scale: output.scale))
        }
        kernels.gatherMoments(of: result, n, imageRows(rows.span), channels)
    }

    /// The image rows some tile rows cover.
    func imageRows(_ span: TileSpan) -> Range<Int> { span.start..<min(result.height, span.end) }
}
