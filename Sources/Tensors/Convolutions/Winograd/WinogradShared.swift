import CKernels

/// Winograd convolution of images of few tiles, whose weights should be read as seldom as possible: the tiles of some
/// images are multiplied together. The threads divide the work as the shape has it, which decides speed only, see
/// `Division`.
///
/// Where tiles are fewest, a 3x3 kernel is read from memory as nine floats and transformed at use: streaming weights is
/// what takes time there.
struct WinogradShared {
    let convolution: WinogradConvolution
    let weights: Weights
    /// U, where it is read.
    private let planes: WinogradWeights.Transformed?
    /// Images whose tiles are multiplied together.
    let imagesPerGroup: Int
    let division: Division
    /// Parts that a group's tile rows are cut into: where threads divide tiles, or there are fewer blocks of channels
    /// than threads.
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
    /// Planes of the parts' V, a part after the other; nothing where threads have tiles of their own.
    let v: FloatView

    init(_ convolution: WinogradConvolution, _ pass: Pass) {
        self.convolution = convolution
        let batch = convolution.call.batch, threads = pass.threads, grid = convolution.grid, tiles = grid.count
        let (depth, columns) = (convolution.weights.depth, convolution.weights.columns)
        weights = Self.reading(convolution.weights, tiles: batch * tiles)
        let isTransformed = if case .transformed = weights { true } else { false }
        planes = isTransformed ? convolution.weights.transformed(pass) : nil
        let group = Self.imagesPerGroup(batch: batch, tiles: tiles, isTransformed: isTransformed, threads: threads)
        imagesPerGroup = group
        pairs = WinogradWeights.pairs(convolution.weights.output)
        streams =
            pass.kernels.streams && !isTransformed && convolution.weights.output <= 4
            && group * tiles == Int(CK_STREAM_TILES)
        // Threads with tiles of their own.
        let fewest = isTransformed ? Self.fewestTilesOfTransformed : Self.fewestTilesOfPart
        let own = min(threads, group * tiles / fewest)
        // The wider a block, the fewer times planes are read again; of few tiles each thread should have some blocks.
        block = isTransformed ? (own == threads ? 4 : 2) * lanes : streams ? lanes : pass.kernels.panels * lanes
        blocks = (columns + block - 1) / block
        let needed = own == threads ? own : max(own, (2 * threads + blocks - 1) / blocks)
        parts = streams ? 1 : max(1, min(group * grid.tileRows.count, needed))
        let largeRows = (group * grid.tileRows.large.count + parts - 1) / parts
        let smallRows = (group * grid.tileRows.small.count + parts - 1) / parts
        tilesOfPart = (largeRows + smallRows) * grid.tileColumns.count
        let inputs = convolution.planes(group * tiles, channels: depth).count
        if threads > 1, parts % threads == 0 {
            division = .tiles
        } else if parts == 1, inputs <= Self.planesRepeated, (threads - 1) * 128 <= columns {
            division = .channels
        } else {
            division = .stages
        }
        let gaps = (parts - 1) * convolution.planes(0, channels: 0).count
        v = pass.allocate(division == .stages ? inputs + gaps : 0)
    }

    func run(_ pass: Pass) {
        let batch = convolution.call.batch
        for start in stride(from: 0, to: batch, by: imagesPerGroup) {
            let images = start..<min(start + imagesPerGroup, batch)
            switch division {
            case .tiles: divideTiles(images, pass)
            case .channels: divideChannels(images, pass)
            case .stages:
                transformInput(images, pass)
                multiply(images, pass)
            }
        }
        pass.release(v)
        planes?.release(pass)
    }

    /// U, while computing.
    var transformedWeights: FloatView {
        guard let planes = planes?.planes else {
            fatalError("transformed weights are read by who chose them, and not while measuring")
        }
        return planes
    }

    private func transformInput(_ images: Range<Int>, _ pass: Pass) {
        let all = rows(of: images), (large, small) = (all.large.count, all.small.count)
        // Neighbouring items prepare two rows both, so they are as few as keep all threads busy as long.
        let isEven = large % pass.threads == 0 && small % pass.threads == 0
        let fair = isEven ? pass.threads : large + small
        let items = min(large + small, max(fair, images.count))
        pass.parallel(items, scratch: band) { item, scratch in
            let rows = all.part(item, of: items)
            for index in 0..<parts { transformInput(part(index, of: images), rows, band: scratch) }
        }
    }

    /// Floats of the rows under a tile row.
    var band: Int { convolution.region(TileSpan(start: 0, size: convolution.weights.output, count: 1)).count }

    /// Transforms those tile rows of a part that are among `wanted`.
    /// - Parameter ahead: what is brought near meanwhile, a share with each row: memory is idle.
    func transformInput(_ part: Part, _ wanted: GroupRows, band: FloatView, ahead: FloatView? = nil) {
        let count = wanted.clamped(to: part.rows).count
        var done = 0
        forEachRun(part, wanted) { rows in
            var before: TileSpan?
            for row in 0..<rows.span.count {  // one by one: what is prepared is in cache when it is transformed
                let span = rows.span.slice(row..<row + 1)
                convolution.prepare(span, after: before, image: rows.image, band: band)
                let next = ahead.map {
                    $0.slice($0.count * done / count, $0.count * (done + 1) / count - $0.count * done / count)
                }
                convolution.transformInput(
                    .init(image: rows.image, span: span, order: rows.order, row: rows.row + row), band, into: part.v,
                    ahead: next)
                done += 1
                before = span
            }
        }
    }
}
