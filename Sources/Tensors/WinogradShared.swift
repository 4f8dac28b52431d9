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
    /// Parts that a group's tile rows are cut into: where there are fewer blocks of channels than threads, or so many tiles that each
    /// thread may have its own, without reading what another core has just written.
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

    /// Tiles for which transforming the weights once more costs less than reading tiles from another core may.
    private static let tilesOfPart = 48

    init(_ convolution: WinogradConvolution, _ compute: Compute) {
        self.convolution = convolution
        let tiles = convolution.columns.count * convolution.rows.count
        imagesPerGroup = max(1, min(convolution.result.batch, Self.tilesWanted(convolution.weights) / tiles))
        pairs = WinogradWeights.pairs(convolution.weights.output)
        streams = compute.kernels.streams && !convolution.weights.isTransformed && imagesPerGroup * tiles == Int(CK_STREAM_TILES)
        block = convolution.weights.isTransformed ? 2 * lanes : streams ? lanes : compute.kernels.panels * lanes
        let blocks = (convolution.weights.columns + block - 1) / block
        let needed = min(imagesPerGroup * convolution.rows.count, (2 * compute.threads + blocks - 1) / blocks)
        let local = convolution.weights.isTransformed ? 0 : min(compute.threads, imagesPerGroup * tiles / Self.tilesOfPart)
        parts = streams ? 1 : max(1, needed, local)
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
        let weights = convolution.weights, deepest = min(weights.depth, Self.inputsAtOnce)
        let kernel = WinogradPlanes(tiles: deepest, channels: block, output: weights.output)
        let blocks = (weights.columns + block - 1) / block, unitsOfPart = (images.count * convolution.rows.count + parts - 1) / parts
        let most = convolution.planes(unitsOfPart * convolution.columns.count, channels: block).count
        compute.parallel(blocks * parts, scratch: most + 2 * kernel.points * kernel.pitch) { item, scratch in
            let part = part(item / blocks, of: images), m = scratch.slice(0, most), kernels = compute.kernels
            let channels = channels(item % blocks), after = compute.team.item(after: item, of: blocks * parts).map { self.channels($0 % blocks) }
            let outputs = convolution.planes(part.order.count, channels: channels.count)
            let operands = WinogradConvolution.Operands(
                order: part.order, v: part.v, inputs: part.planes, m: m, outputs: outputs, columns: channels.count)
            switch weights.storage {
            case .transformed(let planes):
                convolution.multiply(operands, by: planes.view, from: channels.lowerBound, kernels)
            case .untransformed(let packed) where streams:
                kernels.winogradStream(.init(
                    panel: packed.panels(channels), next: after.map { packed.panels($0) },
                    depth: weights.depth, isDoubled: convolution.input.upsampled, v: part.v, inputs: part.planes, m: m, outputs: outputs))
            case .untransformed(let packed):
                let u = scratch.slice(most, 2 * kernel.points * kernel.pitch)
                multiply(operands, packed, channels, then: after, u, kernel, kernels)
            }
            forEachRun(part, part.units, of: images) { image, rows in
                convolution.finish(rows, image: image, m: m, outputs, channels, kernels)
            }
        }
    }

    /// Input channels whose weights are transformed at a time: beside the tiles and the weights as they are they should stay in cache.
    private static let inputsAtOnce = 128

    /// Multiplies all planes by the weights of some channels, which are transformed two rows of planes at a time; asks for those that
    /// come next meanwhile, since memory is idle.
    /// - Parameter after: the output channels this thread will probably take next.
    private func multiply(
        _ tiles: WinogradConvolution.Operands, _ packed: PackedWeights, _ outputs: Range<Int>, then after: Range<Int>?, _ u: FloatView,
        _ kernel: WinogradPlanes, _ kernels: Kernels
    ) {
        let row = kernel.points * kernel.pitch, depth = convolution.weights.depth
        for first in stride(from: 0, to: depth, by: Self.inputsAtOnce) {
            let end = min(first + Self.inputsAtOnce, depth), inputs = first..<end
            let next = end < depth ? (outputs, end) : after.map { ($0, 0) }
            for pair in pairs {
                for channel in stride(from: outputs.lowerBound, to: outputs.upperBound, by: lanes) {
                    kernels.winogradWeights(
                        packed.taps(channel, from: first), depth: inputs.count, pair,
                        into: u.from((channel - outputs.lowerBound) * inputs.count), plane: kernel.pitch, second: row)
                }
                for (i, start) in [(pair.first, 0), (pair.second, row)] where convolution.has(i) {
                    let ahead = next.map { share(i, of: packed, $0, from: $1) }
                    convolution.multiply(tiles, row: i, inputs, by: u.from(start), pitch: kernel.pitch, ahead: ahead, kernels)
                }
            }
        }
    }

    /// What row `i` of the planes asks for of the weights that come next, input channels from `first` on: each row a part of one panel.
    private func share(_ i: Int, of packed: PackedWeights, _ outputs: Range<Int>, from first: Int) -> FloatView {
        let points = convolution.points.count, panels = outputs.count / lanes, rowsOfPanel = max(1, points / panels)
        let taps = packed.taps(outputs.lowerBound + min(i / rowsOfPanel, panels - 1) * lanes, from: first)
        let count = 9 * lanes * min(Self.inputsAtOnce, convolution.weights.depth - first) / rowsOfPanel
        return taps.slice(i % rowsOfPanel * count, count)
    }

    /// The output channels of a block.
    private func channels(_ index: Int) -> Range<Int> { index * block..<min((index + 1) * block, convolution.weights.columns) }
}
