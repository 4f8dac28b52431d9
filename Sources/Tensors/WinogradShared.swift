import CKernels

/// Winograd convolution whose weights all threads share, for images of few tiles: the tiles of some images are transformed
/// together; then each thread takes some output channels, multiplies all planes and transforms the outputs back. Where transforming
/// tiles is little beside multiplying them, each thread does it for itself, since reading what another core has just written may take
/// longer.
///
/// Where tiles are fewest, a 3x3 kernel is read from memory as nine floats and transformed at use: streaming weights is what takes
/// time there.
struct WinogradShared {
    let convolution: WinogradConvolution
    /// Images whose tiles are transformed and multiplied together. Their tile rows, the units of work, count first all rows of
    /// large tiles, image by image, then all of small ones.
    let imagesPerGroup: Int
    /// Parts that a group's tile rows are cut into: where there are fewer blocks of channels than threads, or so many tiles that each
    /// thread may have its own, without reading what another core has just written.
    let parts: Int
    /// The rows of planes that weights transformed at use are made by.
    let pairs: [WinogradWeights.Pair]
    /// Whether weights are transformed on their way through the registers, without being stored: for the fewest tiles.
    let streams: Bool
    /// Whether each thread transforms all tiles.
    let isRepeated: Bool
    /// Output channels a thread takes at a time.
    let block: Int
    let blocks: Int
    /// Planes of the parts' transformed tiles, a part after the other.
    let v: FloatView

    /// Tiles that are multiplied together: their products should stay in cache, and where weights are transformed at use, that should
    /// serve many.
    private static func tilesWanted(_ weights: WinogradWeights) -> Int { weights.isTransformed ? 64 : 128 }

    /// Floats of planes that stay in a core's cache.
    private static let planesRepeated = 300_000
    /// Tiles for which transforming the weights once more costs less than reading tiles from another core may.
    private static let tilesOfPart = 48

    init(_ convolution: WinogradConvolution, _ compute: Compute) {
        self.convolution = convolution
        let tiles = convolution.columns.count * convolution.rows.count
        imagesPerGroup = max(1, min(convolution.result.batch, Self.tilesWanted(convolution.weights) / tiles))
        pairs = WinogradWeights.pairs(convolution.weights.output)
        streams = compute.kernels.streams && !convolution.weights.isTransformed && imagesPerGroup * tiles == Int(CK_STREAM_TILES)
        block = convolution.weights.isTransformed ? 2 * lanes : streams ? lanes : compute.kernels.panels * lanes
        blocks = (convolution.weights.columns + block - 1) / block
        let needed = (2 * compute.threads + blocks - 1) / blocks
        let local = convolution.weights.isTransformed ? 0 : min(compute.threads, imagesPerGroup * tiles / Self.tilesOfPart)
        parts = streams ? 1 : max(1, min(imagesPerGroup * convolution.rows.count, max(needed, local)))
        let planes = convolution.planes(imagesPerGroup * tiles, channels: convolution.weights.depth).count
        isRepeated = parts == 1 && planes <= Self.planesRepeated && (compute.threads - 1) * 128 <= convolution.weights.columns
        v = compute.allocate(isRepeated ? 0 : planes + (parts - 1) * convolution.planes(0, channels: 0).count)
    }

    func run(_ compute: Compute) {
        let batch = convolution.result.batch
        for start in stride(from: 0, to: batch, by: imagesPerGroup) {
            let images = start..<min(start + imagesPerGroup, batch)
            if isRepeated {
                transformAndMultiply(images, compute)
            } else {
                transform(images, compute)
                multiply(images, compute)
            }
        }
        compute.release(v)
    }

    /// Some tile rows of a group, whose planes are apart from those of other parts.
    struct Part {
        let units: Range<Int>
        let order: TileOrder
        let v: FloatView
        let planes: WinogradPlanes
    }

    /// - Parameter own: where the planes lie if not among those of all parts.
    func part(_ index: Int, of images: Range<Int>, own: FloatView? = nil) -> Part {
        let rows = convolution.rows, units = images.count * rows.count, large = images.count * rows.large.count
        let mine = units * index / parts..<units * (index + 1) / parts, split = min(max(large, mine.lowerBound), mine.upperBound)
        let order = TileOrder(largeRows: split - mine.lowerBound, smallRows: mine.upperBound - split, columns: convolution.columns)
        let depth = convolution.weights.depth, before = mine.lowerBound * convolution.columns.count * convolution.weights.products * depth
        return Part(
            units: mine, order: order, v: own ?? v.from(before + index * convolution.planes(0, channels: 0).count),
            planes: convolution.planes(order.count, channels: depth))
    }

    /// Calls `body` with the runs of tile rows of one image and of one kind in `units` of a part.
    func forEachRun(
        _ part: Part, _ units: Range<Int>, of images: Range<Int>,
        _ body: (_ image: Int, _ rows: WinogradConvolution.PlacedRows) -> Void
    ) {
        let rows = convolution.rows, large = images.count * rows.large.count
        var unit = units.lowerBound
        while unit < units.upperBound {
            let isSmall = unit >= large, axis = isSmall ? rows.small : rows.large, index = isSmall ? unit - large : unit
            let first = index % axis.count, count = min(axis.count - first, units.upperBound - unit)
            let row = unit - (isSmall ? max(large, part.units.lowerBound) : part.units.lowerBound)
            body(images.lowerBound + index / axis.count, .init(span: axis.slice(first..<first + count), order: part.order, row: row))
            unit += count
        }
    }

    private func transform(_ images: Range<Int>, _ compute: Compute) {
        let units = images.count * convolution.rows.count
        // Neighbouring items prepare two rows both, so they are as few as keep all threads busy as long.
        let fair = units % compute.threads == 0 ? compute.threads : units
        let items = min(units, max(fair, images.count)), most = (units + items - 1) / items
        let span = TileSpan(start: 0, size: convolution.weights.output, count: min(most, convolution.rows.count))
        compute.parallel(items, scratch: convolution.region(span).count) { item, scratch in
            let mine = units * item / items..<units * (item + 1) / items
            for index in 0..<parts { transform(part(index, of: images), mine, of: images, scratch, compute.kernels) }
        }
    }

    /// Transforms those of `units` that belong to a part.
    func transform(_ part: Part, _ units: Range<Int>, of images: Range<Int>, _ scratch: FloatView, _ kernels: Kernels) {
        forEachRun(part, units.clamped(to: part.units), of: images) { image, rows in
            let region = convolution.region(rows.span), band = scratch.slice(0, region.count)
            kernels.prepare(convolution.input, image, region, into: band)
            convolution.transform(rows, band, into: part.v, part.planes, kernels)
        }
    }
}
