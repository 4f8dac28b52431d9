import CKernels

/// Winograd convolution in two stages that all threads share, for images of few tiles: the tiles of some images are transformed
/// together; then each thread takes some output channels, multiplies all planes and transforms the outputs back.
///
/// Where tiles are fewest, a 3x3 kernel is read from memory as nine floats and transformed at use: streaming weights is what takes
/// time there.
struct WinogradShared {
    private let convolution: WinogradConvolution
    /// Images whose tiles are transformed and multiplied together. Their tile rows, the units of work, count first all rows of
    /// large tiles, image by image, then all of small ones.
    private let imagesPerGroup: Int
    /// Parts that a group's tile rows are cut into where there are fewer blocks of channels than threads.
    private let parts: Int
    /// The rows of planes that weights transformed at use are made by.
    private let pairs: [WinogradWeights.Pair]
    /// Whether weights are transformed on their way through the registers, without being stored: for the fewest tiles.
    private let streams: Bool
    /// Output channels a thread takes at a time.
    private let block: Int
    /// Planes of the parts' transformed tiles, a part after the other.
    private let v: FloatView

    /// Tiles that are multiplied together: their products should stay in cache, and where weights are transformed at use, that should
    /// serve many.
    private static func tilesWanted(_ weights: WinogradWeights) -> Int { weights.isTransformed ? 64 : 128 }

    init(_ convolution: WinogradConvolution, _ compute: Compute) {
        self.convolution = convolution
        let tiles = convolution.columns.count * convolution.rows.count
        imagesPerGroup = max(1, min(convolution.result.batch, Self.tilesWanted(convolution.weights) / tiles))
        pairs = WinogradWeights.pairs(convolution.weights.output)
        streams = compute.kernels.streams && !convolution.weights.isTransformed && imagesPerGroup * tiles == Int(CK_STREAM_TILES)
        block = convolution.weights.isTransformed ? 2 * lanes : streams ? lanes : compute.kernels.panels * lanes
        let blocks = (convolution.weights.columns + block - 1) / block
        parts = streams ? 1 : max(1, min(imagesPerGroup * convolution.rows.count, (2 * compute.threads + blocks - 1) / blocks))
        v = compute.allocate(imagesPerGroup * tiles * convolution.weights.products * convolution.weights.depth
            + parts * convolution.planes(0, channels: 0).count)
    }

    func run(_ compute: Compute) {
        let batch = convolution.result.batch
        for start in stride(from: 0, to: batch, by: imagesPerGroup) {
            let images = start..<min(start + imagesPerGroup, batch)
            transform(images, compute)
            multiply(images, compute)
        }
        compute.release(v)
    }

    /// Some tile rows of a group, whose planes are apart from those of other parts.
    private struct Part {
        let units: Range<Int>
        let order: TileOrder
        let v: FloatView
        let planes: WinogradPlanes
    }

    private func part(_ index: Int, of images: Range<Int>) -> Part {
        let rows = convolution.rows, units = images.count * rows.count, large = images.count * rows.large.count
        let mine = units * index / parts..<units * (index + 1) / parts, split = min(max(large, mine.lowerBound), mine.upperBound)
        let order = TileOrder(largeRows: split - mine.lowerBound, smallRows: mine.upperBound - split, columns: convolution.columns)
        let depth = convolution.weights.depth, before = mine.lowerBound * convolution.columns.count * convolution.weights.products * depth
        return Part(
            units: mine, order: order, v: v.from(before + index * convolution.planes(0, channels: 0).count),
            planes: convolution.planes(order.count, channels: depth))
    }

    /// Calls `body` with the runs of tile rows of one image and of one kind in `units` of a part.
    private func forEachRun(
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
            for index in 0..<parts {
                let part = part(index, of: images)
                forEachRun(part, mine.clamped(to: part.units), of: images) { image, rows in
                    let region = convolution.region(rows.span), band = scratch.slice(0, region.count)
                    compute.kernels.prepare(convolution.input, image, region, into: band)
                    convolution.transform(rows, band, into: part.v, part.planes, compute.kernels)
                }
            }
        }
    }

    private func multiply(_ images: Range<Int>, _ compute: Compute) {
        let weights = convolution.weights, kernel = WinogradPlanes(tiles: weights.depth, channels: block, output: weights.output)
        let blocks = (weights.columns + block - 1) / block, unitsOfPart = (images.count * convolution.rows.count + parts - 1) / parts
        let most = convolution.planes(unitsOfPart * convolution.columns.count, channels: block).count
        compute.parallel(blocks * parts, scratch: most + 2 * kernel.points * kernel.pitch) { item, scratch in
            let part = part(item % parts, of: images), start = item / parts * block, m = scratch.slice(0, most)
            let channels = start..<min(start + block, weights.columns), kernels = compute.kernels
            let outputs = convolution.planes(part.order.count, channels: channels.count)
            switch weights.storage {
            case .transformed(let planes):
                convolution.multiply(part.order, part.v, part.planes, by: planes.view, channels, into: m, outputs, kernels)
            case .untransformed(let packed) where streams:
                kernels.winogradStream(.init(
                    panel: packed.panels(channels), next: weightsAfter(item, packed, threads: compute.threads), depth: weights.depth,
                    isDoubled: convolution.input.upsampled, v: part.v, inputs: part.planes, m: m, outputs: outputs))
            case .untransformed(let packed):
                let u = scratch.slice(most, 2 * kernel.points * kernel.pitch)
                let ahead = weightsAfter(item, packed, threads: compute.threads)
                multiply(part, packed.panels(channels), channels.count, u, kernel, ahead: ahead, into: m, outputs, kernels)
            }
            forEachRun(part, part.units, of: images) { image, rows in
                convolution.finish(rows, image: image, m: m, outputs, channels, kernels)
            }
        }
    }

    /// Multiplies all planes by the weights of some channels, which are transformed two rows at a time, so that they stay in cache; asks
    /// for those of others meanwhile, since memory is idle.
    private func multiply(
        _ part: Part, _ weights: FloatView, _ columns: Int, _ u: FloatView, _ kernel: WinogradPlanes, ahead: FloatView?,
        into m: FloatView, _ outputs: WinogradPlanes, _ kernels: Kernels
    ) {
        let row = kernel.points * kernel.pitch, depth = convolution.weights.depth
        for pair in pairs {
            for channel in stride(from: 0, to: columns, by: lanes) {
                kernels.winogradWeights(
                    weights.from(channel * 9 * depth), depth: depth, pair, into: u.from(channel * depth), plane: kernel.pitch, second: row)
            }
            for (i, start) in [(pair.first, 0), (pair.second, row)] where convolution.has(i) {
                convolution.multiply(
                    row: i, part.order, part.v, part.planes, by: u.from(start), pitch: kernel.pitch, columns: columns, ahead: ahead,
                    into: m, outputs, kernels)
            }
        }
    }

    /// The weights this thread will probably need after those of `item`.
    private func weightsAfter(_ item: Int, _ packed: PackedWeights, threads: Int) -> FloatView? {
        let index = (item + threads) / parts, start = index * block
        guard index > item / parts, start < packed.columns else { return nil }
        return packed.panels(start..<min(start + block, packed.columns))
    }
}
