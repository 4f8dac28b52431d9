import CKernels

/// The products of `WinogradShared`: blocks of output channels, which the threads divide.
extension WinogradShared {
    /// The output channels of a block.
    private func channels(_ index: Int) -> Range<Int> { index * block..<min((index + 1) * block, convolution.weights.columns) }

    /// Multiplies tiles that all threads have transformed.
    func multiply(_ images: Range<Int>, _ pass: Pass) {
        pass.parallel(blocks * parts, scratch: products + madeAtOnce.count) { item, scratch in
            let next = pass.compute.team.item(after: item, of: blocks * parts).map { channels($0 % blocks) }
            multiply(part(item / blocks, of: images), channels(item % blocks), then: next, images, scratch, pass.kernels)
        }
    }

    /// Each thread transforms all tiles and takes its share of the blocks.
    func divideChannels(_ images: Range<Int>, _ pass: Pass) {
        let workers = min(pass.threads, blocks)
        pass.parallel(workers, scratch: ownPlanes + ownRest) { worker, scratch in
            transformAndMultiply(0, of: images, range(worker, of: workers, blocks), scratch, pass.kernels)
        }
    }

    /// Each thread takes a part of the tiles and all blocks.
    func divideTiles(_ images: Range<Int>, _ pass: Pass) {
        pass.parallel(parts, scratch: ownPlanes + ownRest) { index, scratch in
            transformAndMultiply(index, of: images, 0..<blocks, scratch, pass.kernels)
        }
    }

    /// The weights that are read first for a block.
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

    /// Takes part `index` through all stages, with the output channels of some blocks.
    private func transformAndMultiply(_ index: Int, of images: Range<Int>, _ mine: Range<Int>, _ scratch: FloatView, _ kernels: Kernels) {
        let part = part(index, of: images, own: scratch.slice(0, ownPlanes)), rest = scratch.slice(ownPlanes, ownRest)
        transform(part, large: part.large, small: part.small, of: images, ahead: firstRead(mine.lowerBound), rest, kernels)
        for index in mine {
            let next = index + 1 < mine.upperBound ? channels(index + 1) : nil
            multiply(part, channels(index), then: next, images, rest, kernels)
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
    private func multiply(
        _ part: Part, _ channels: Range<Int>, then next: Range<Int>?, _ images: Range<Int>, _ scratch: FloatView, _ kernels: Kernels
    ) {
        let m = scratch.slice(0, products)
        let outputs = convolution.planes(part.order.count, channels: channels.count)
        let operands = WinogradConvolution.Operands(
            order: part.order, v: part.v, inputs: part.planes, m: m, outputs: outputs, columns: channels.count)
        switch weights {
        case .transformed:
            convolution.multiply(operands, by: transformedWeights, from: channels.lowerBound, kernels)
        case .untransformed(let packed) where streams:
            kernels.winogradStream(.init(
                panel: packed.panels(channels), next: next.map { packed.panels($0) }, depth: convolution.weights.depth,
                isDoubled: convolution.input.upsampled, v: part.v, inputs: part.planes, m: m, outputs: outputs))
        case .untransformed(let packed):
            multiply(operands, packed, channels, then: next, scratch.slice(products, madeAtOnce.count), madeAtOnce.planes, kernels)
        }
        forEachRun(part, large: part.large, small: part.small, of: images) { image, rows in
            convolution.finish(rows, image: image, m: m, outputs, channels, kernels)
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
}
