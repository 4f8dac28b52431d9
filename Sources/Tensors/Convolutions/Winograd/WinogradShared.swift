import CKernels

/// Winograd convolution of images of few tiles, whose weights should be read as seldom as possible: the tiles of some images are
/// multiplied together. The threads divide the work as the shape has it, which decides speed only, see `Division`.
///
/// Where tiles are fewest, a 3x3 kernel is read from memory as nine floats and transformed at use: streaming weights is what takes
/// time there.
struct WinogradShared {
    let convolution: WinogradConvolution
    let weights: Weights
    /// The transformed weights, where those are read; nil while measuring.
    private let planes: FloatBuffer?
    /// Images whose tiles are multiplied together.
    let imagesPerGroup: Int
    let division: Division
    /// Parts that a group's tile rows are cut into: where threads divide tiles, or there are fewer blocks of channels than threads.
    let parts: Int
    /// The most tiles a part has.
    let tilesOfPart: Int
    /// The rows of planes that weights transformed at use are made by.
    let pairs: [WinogradWeights.Pair]
    /// Whether weights are transformed on their way through the registers, without being stored: for the fewest tiles.
    let streams: Bool
    /// Output channels a thread takes at a time.
    let block: Int
    let blocks: Int
    /// Planes of the parts' transformed tiles, a part after the other; nothing where threads have tiles of their own.
    let v: FloatView

    init(_ convolution: WinogradConvolution, _ pass: Pass) {
        self.convolution = convolution
        let batch = convolution.result.batch, threads = pass.threads
        let tiles = convolution.columns.count * convolution.rows.count, (depth, columns) = (convolution.weights.depth, convolution.weights.columns)
        weights = Self.reading(convolution.weights, tiles: batch * tiles)
        let isTransformed = if case .transformed = weights { true } else { false }
        planes = isTransformed ? convolution.transformedWeights(pass) : nil
        var group = max(1, min(batch, Self.tilesWanted(isTransformed: isTransformed) / tiles))
        if isTransformed, batch >= group * threads { group *= threads }  // images for each thread
        imagesPerGroup = group
        pairs = WinogradWeights.pairs(convolution.weights.output)
        streams = pass.kernels.streams && !isTransformed && convolution.weights.output <= 4 && group * tiles == Int(CK_STREAM_TILES)
        // Threads with tiles of their own.
        let own = min(threads, group * tiles / (isTransformed ? Self.fewestTilesOfTransformed : Self.fewestTilesOfPart))
        // The wider a block, the fewer times the planes are read again; of few tiles each thread should have some blocks.
        block = isTransformed ? (own == threads ? 4 : 2) * lanes : streams ? lanes : pass.kernels.panels * lanes
        blocks = (columns + block - 1) / block
        let needed = own == threads ? own : max(own, (2 * threads + blocks - 1) / blocks)
        parts = streams ? 1 : max(1, min(group * convolution.rows.count, needed))
        let rows = convolution.rows, most = (group * rows.large.count + parts - 1) / parts + (group * rows.small.count + parts - 1) / parts
        tilesOfPart = most * convolution.columns.count
        let inputs = convolution.planes(group * tiles, channels: depth).count
        if threads > 1, parts % threads == 0 {
            division = .tiles
        } else if parts == 1, inputs <= Self.planesRepeated, (threads - 1) * 128 <= columns {
            division = .channels
        } else {
            division = .stages
        }
        v = pass.allocate(division == .stages ? inputs + (parts - 1) * convolution.planes(0, channels: 0).count : 0)
    }

    func run(_ pass: Pass) {
        let batch = convolution.result.batch
        for start in stride(from: 0, to: batch, by: imagesPerGroup) {
            let images = start..<min(start + imagesPerGroup, batch)
            switch division {
            case .tiles: divideTiles(images, pass)
            case .channels: divideChannels(images, pass)
            case .stages:
                transform(images, pass)
                multiply(images, pass)
            }
        }
        pass.release(v)
    }

    /// The transformed weights, while computing.
    var transformedWeights: FloatView {
        guard let planes else { fatalError("transformed weights are read by who chose them, and not while measuring") }
        return planes.view
    }

    /// Some tile rows of a group, whose planes are apart from those of other parts. Large and small ones are counted image by image.
    struct Part {
        let large: Range<Int>, small: Range<Int>
        let order: TileOrder
        let v: FloatView
        let planes: WinogradPlanes
    }

    /// Those of `all` rows or blocks that part `index` of `count` has.
    func range(_ index: Int, of count: Int, _ all: Int) -> Range<Int> { all * index / count..<all * (index + 1) / count }

    /// - Parameter own: where the planes lie if not among those of all parts.
    func part(_ index: Int, of images: Range<Int>, own: FloatView? = nil) -> Part {
        let rows = convolution.rows, depth = convolution.weights.depth
        let large = range(index, of: parts, images.count * rows.large.count)
        let small = range(index, of: parts, images.count * rows.small.count)
        let order = TileOrder(largeRows: large.count, smallRows: small.count, columns: convolution.columns)
        let before = (large.lowerBound + small.lowerBound) * convolution.columns.count * convolution.weights.products * depth
        return Part(
            large: large, small: small, order: order, v: own ?? v.from(before + index * convolution.planes(0, channels: 0).count),
            planes: convolution.planes(order.count, channels: depth))
    }

    /// Calls `body` with the runs of tile rows of one image and of one kind, of those of a part that are among `large` and `small`.
    func forEachRun(
        _ part: Part, large: Range<Int>, small: Range<Int>, of images: Range<Int>,
        _ body: (_ image: Int, _ rows: WinogradConvolution.PlacedRows) -> Void
    ) {
        forEachRun(of: convolution.rows.large, large.clamped(to: part.large)) { image, span, row in
            body(images.lowerBound + image, .init(span: span, order: part.order, row: row - part.large.lowerBound))
        }
        forEachRun(of: convolution.rows.small, small.clamped(to: part.small)) { image, span, row in
            body(images.lowerBound + image, .init(span: span, order: part.order, row: row - part.small.lowerBound))
        }
    }

    /// Cuts rows of one kind, counted image by image, where an image ends.
    private func forEachRun(of axis: TileSpan, _ rows: Range<Int>, _ body: (_ image: Int, _ span: TileSpan, _ row: Int) -> Void) {
        var row = rows.lowerBound
        while row < rows.upperBound {
            let first = row % axis.count, count = min(axis.count - first, rows.upperBound - row)
            body(row / axis.count, axis.slice(first..<first + count), row)
            row += count
        }
    }

    private func transform(_ images: Range<Int>, _ pass: Pass) {
        let rows = convolution.rows, large = images.count * rows.large.count, small = images.count * rows.small.count
        // Neighbouring items prepare two rows both, so they are as few as keep all threads busy as long.
        let fair = large % pass.threads == 0 && small % pass.threads == 0 ? pass.threads : large + small
        let items = min(large + small, max(fair, images.count))
        pass.parallel(items, scratch: band) { item, scratch in
            let (large, small) = (range(item, of: items, large), range(item, of: items, small))
            for index in 0..<parts { transform(part(index, of: images), large: large, small: small, of: images, scratch, pass.kernels) }
        }
    }

    /// Floats of the rows under a tile row.
    var band: Int { convolution.region(TileSpan(start: 0, size: convolution.weights.output, count: 1)).count }

    /// Transforms those rows of a part that are among `large` and `small`.
    /// - Parameter ahead: what is brought near meanwhile, a share with each row: memory is idle.
    func transform(
        _ part: Part, large: Range<Int>, small: Range<Int>, of images: Range<Int>, ahead: FloatView? = nil, _ scratch: FloatView,
        _ kernels: Kernels
    ) {
        let count = large.clamped(to: part.large).count + small.clamped(to: part.small).count
        var done = 0
        forEachRun(part, large: large, small: small, of: images) { image, rows in
            var before: TileSpan?
            for row in 0..<rows.span.count {  // one by one: what is prepared is in cache when it is transformed
                let span = rows.span.slice(row..<row + 1)
                convolution.prepare(span, after: before, image: image, band: scratch, kernels)
                let next = ahead.map { $0.slice($0.count * done / count, $0.count * (done + 1) / count - $0.count * done / count) }
                convolution.transform(
                    .init(span: span, order: rows.order, row: rows.row + row), scratch, into: part.v, part.planes, ahead: next, kernels)
                done += 1
                before = span
            }
        }
    }
}
