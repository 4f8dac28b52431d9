import CKernels

/// The products of `WinogradShared`: blocks of output channels, which the threads divide.
extension WinogradShared {
    /// The output channels of a block.
    private func channels(_ index: Int) -> Range<Int> {
        index * block..<min((index + 1) * block, convolution.weights.columns)
    }

    /// Multiplies tiles that all threads have transformed.
    func multiply(_ images: Range<Int>, _ pass: Pass) {
        let team = pass.team, items = blocks * parts
        pass.parallel(items, scratch: products + madeAtOnce.count) { item, scratch in
            let next = team.item(after: item, of: items).map { channels($0 % blocks) }
            multiply(part(item / blocks, of: images), channels(item % blocks), then: next, scratch)
        }
    }

    /// Each thread transforms all tiles and takes its share of the blocks.
    func divideChannels(_ images: Range<Int>, _ pass: Pass) {
        let workers = min(pass.threads, blocks)
        pass.parallel(workers, scratch: ownPlanes + ownRest) { worker, scratch in
            let mine = blocks * worker / workers..<blocks * (worker + 1) / workers
            compute(part(0, of: images, own: scratch.slice(0, ownPlanes)), mine, scratch.slice(ownPlanes, ownRest))
        }
    }

    /// Each thread takes a part of the tiles and all blocks.
    func divideTiles(_ images: Range<Int>, _ pass: Pass) {
        pass.parallel(parts, scratch: ownPlanes + ownRest) { index, scratch in
            let part = part(index, of: images, own: scratch.slice(0, ownPlanes))
            compute(part, 0..<blocks, scratch.slice(ownPlanes, ownRest))
        }
    }

    /// What is read first of the weights of a block.
    private func firstRead(_ block: Int) -> FloatView {
        let channels = channels(block), depth = convolution.weights.depth
        return switch weights {
        case .transformed: transformedWeights.slice(channels.lowerBound * depth, channels.count * depth)
        case .untransformed(let packed) where streams: packed.panels(channels)
        case .untransformed(let packed):
            packed.taps(channels.lowerBound, from: 0).slice(0, 9 * min(Self.inputsAtOnce, depth) * lanes)
        }
    }

    /// What a part needs beside its planes.
    private var ownRest: Int { max(band, products + madeAtOnce.count) }

    /// Floats of a part's planes.
    private var ownPlanes: Int { convolution.planes(tilesOfPart, channels: convolution.weights.depth).count }

    /// Takes a part through all stages, with the output channels of some blocks.
    private func compute(_ part: Part, _ mine: Range<Int>, _ scratch: FloatView) {
        transformInput(part, part.rows, band: scratch, ahead: firstRead(mine.lowerBound))
        for index in mine {
            let next = index + 1 < mine.upperBound ? channels(index + 1) : nil
            multiply(part, channels(index), then: next, scratch)
        }
    }

    /// Floats of the products of a part's tiles with a block of channels.
    private var products: Int { convolution.planes(tilesOfPart, channels: block).count }

    /// Planes of weights that are transformed at a time, two rows of them.
    private var madeAtOnce: (planes: WinogradPlanes, count: Int) {
        let depth = min(convolution.weights.depth, Self.inputsAtOnce)
        let planes = WinogradPlanes(tiles: depth, channels: block, output: convolution.weights.output)
        return (planes, 2 * planes.points * planes.pitch)
    }

    /// Multiplies a part's tiles by the weights of some channels and transforms the products back.
    /// - Parameter next: the channels this thread will probably take next.
    private func multiply(_ part: Part, _ channels: Range<Int>, then next: Range<Int>?, _ scratch: FloatView) {
        let m = PlacedPlanes(
            floats: scratch.slice(0, products),
            planes: convolution.planes(part.order.count, channels: channels.count))
        let operands = WinogradConvolution.Operands(order: part.order, v: part.v, m: m, columns: channels.count)
        switch weights {
        case .transformed: convolution.multiply(operands, by: transformedWeights, from: channels.lowerBound)
        case .untransformed(let packed) where streams:
            convolution.call.kernels.winogradStream(
                .init(
                    panel: packed.panels(channels), next: next.map { packed.panels($0) },
                    depth: convolution.weights.depth,
                    isDoubled: convolution.call.input.upsampled, v: part.v.floats, inputs: part.v.planes, m: m.floats,
                    outputs: m.planes))
        case .untransformed(let packed):
            let made = madeAtOnce
            let u = PlacedPlanes(floats: scratch.slice(products, made.count), planes: made.planes)
            multiply(operands, by: Filter(packed: packed, outputs: channels, next: next), through: u)
        }
        forEachRun(part, part.rows) { convolution.transformOutput($0, m, channels: channels) }
    }

    /// Input channels whose weights are transformed at a time: beside the tiles and the weights as they are they should
    /// stay in cache.
    private static let inputsAtOnce = 128

    /// The weights of some output channels, to be transformed at use.
    private struct Filter {
        let packed: PackedWeights
        let outputs: Range<Int>
        /// The output channels this thread will probably take next.
        let next: Range<Int>?
    }

    /// Multiplies all planes by the weights of some channels, which are transformed two rows of planes at a time; asks
    /// for those that come next meanwhile, since memory is idle.
    private func multiply(
        _ tiles: WinogradConvolution.Operands, by filter: Filter, through u: PlacedPlanes
    ) {
        let pitch = u.planes.pitch, row = u.planes.points * pitch, depth = convolution.weights.depth
        for first in stride(from: 0, to: depth, by: Self.inputsAtOnce) {
            let end = min(first + Self.inputsAtOnce, depth), inputs = first..<end
            let next = end < depth ? (filter.outputs, end) : filter.next.map { ($0, 0) }
            for pair in pairs {
                transform(filter, inputs, pair, into: u)
                for (i, start) in [(pair.first, 0), (pair.second, row)] where convolution.has(i) {
                    let ahead = next.map { share(i, of: filter.packed, $0, from: $1) }
                    convolution.multiply(
                        tiles,
                        by: .init(
                            i: i, inputs: inputs, u: u.floats.from(start), pitch: pitch, ahead: ahead))
                }
            }
        }
    }

    /// The filter transform, U = G g G^T, of some channels, in two rows of planes.
    private func transform(_ filter: Filter, _ inputs: Range<Int>, _ pair: WinogradWeights.Pair, into u: PlacedPlanes) {
        let outputs = filter.outputs
        for channel in stride(from: outputs.lowerBound, to: outputs.upperBound, by: lanes) {
            convolution.call.kernels.winogradFilter(
                .init(
                    panel: filter.packed.taps(channel, from: inputs.lowerBound), depth: inputs.count, pair: pair,
                    u: u.floats.from((channel - outputs.lowerBound) * inputs.count), plane: u.planes.pitch,
                    second: u.planes.points * u.planes.pitch))
        }
    }

    /// What row `i` of the planes asks for of the weights that come next, input channels from `first` on: each row a
    /// part of one panel.
    private func share(_ i: Int, of packed: PackedWeights, _ outputs: Range<Int>, from first: Int) -> FloatView {
        let points = convolution.points.count, panels = outputs.count / lanes, rowsOfPanel = max(1, points / panels)
        let taps = packed.taps(outputs.lowerBound + min(i / rowsOfPanel, panels - 1) * lanes, from: first)
        let count = 9 * lanes * min(Self.inputsAtOnce, convolution.weights.depth - first) / rowsOfPanel
        return taps.slice(i % rowsOfPanel * count, count)
    }
}
