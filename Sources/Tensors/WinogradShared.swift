/// Winograd convolution in two stages that all threads share, for images of few tiles: the tiles of some images are
/// transformed together; then each thread takes panels of 16 output channels, transforms their weights in its own scratch,
/// multiplies all planes and transforms the outputs back.
///
/// A 3x3 kernel is read from memory as nine floats instead of 36: where tiles are few, streaming weights is what takes time.
struct WinogradShared {
    private let convolution: WinogradConvolution
    private let weights: PackedWeights
    private let imagesPerGroup: Int
    /// Parts a group's tile rows are cut into where there are fewer panels than threads.
    private let parts: Int
    /// Planes of the group's transformed tiles.
    private let v: FloatView

    /// Tiles that are multiplied together.
    static let tilesWanted = 128

    init(_ convolution: WinogradConvolution, _ weights: PackedWeights, _ compute: Compute) {
        self.convolution = convolution
        self.weights = weights
        let tiles = convolution.tilesX * convolution.tileRows
        imagesPerGroup = max(1, min(convolution.result.batch, Self.tilesWanted / tiles))
        let panels = convolution.weights.columns / lanes
        parts = max(1, min(imagesPerGroup * convolution.tileRows, (2 * compute.threads + panels - 1) / panels))
        v = compute.allocate(convolution.weights.products * convolution.plane(imagesPerGroup * tiles, convolution.weights.depth))
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

    private func plane(_ images: Range<Int>) -> Int {
        convolution.plane(images.count * convolution.tileRows * convolution.tilesX, convolution.weights.depth)
    }

    private func transform(_ images: Range<Int>, _ compute: Compute) {
        let depth = convolution.weights.depth, tileRows = convolution.tileRows
        let items = max(1, min(tileRows, (2 * compute.threads + images.count - 1) / images.count))
        let most = (tileRows + items - 1) / items
        compute.parallel(images.count * items, scratch: convolution.region(0..<most).count) { item, scratch in
            let rows = tileRows * (item % items) / items..<tileRows * (item % items + 1) / items
            let region = convolution.region(rows), band = scratch.slice(0, region.count)
            compute.kernels.prepare(convolution.input, images.lowerBound + item / items, region, into: band)
            let first = (item / items * tileRows + rows.lowerBound) * convolution.tilesX
            compute.kernels.winogradInput(.init(
                band: band, rowPitch: region.rowPitch, pitch: region.pitch, tilesY: rows.count, tilesX: convolution.tilesX,
                output: convolution.weights.output, v: v.from(first * depth), plane: plane(images)))
        }
    }

    private func multiply(_ images: Range<Int>, _ compute: Compute) {
        let products = convolution.weights.products, depth = convolution.weights.depth, units = images.count * convolution.tileRows
        let most = (units + parts - 1) / parts * convolution.tilesX
        let kernelPlane = convolution.plane(depth, lanes), kernel = products * kernelPlane
        compute.parallel(convolution.weights.columns / lanes * parts, scratch: kernel + products * convolution.plane(most, lanes)) {
            item, scratch in
            let panel = item / parts, part = item % parts, inPlane = plane(images)
            let rows = units * part / parts..<units * (part + 1) / parts, count = rows.count * convolution.tilesX
            let u = scratch.slice(0, kernel), m = scratch.from(kernel), outPlane = convolution.plane(count, lanes)
            compute.kernels.winogradWeights(weights.panel(panel), depth: depth, output: convolution.weights.output, into: u, plane: kernelPlane)
            let next = weightsAfter(item, threads: compute.threads), share = (next?.count ?? 0) / products
            for product in 0..<products {
                if let next { compute.kernels.prefetch(next.slice(product * share, share)) }
                compute.kernels.matmul(.init(
                    a: v.slice(product * inPlane + rows.lowerBound * convolution.tilesX * depth, count * depth), aStride: depth,
                    b: u.slice(product * kernelPlane, depth * lanes), depth: depth, rows: count, columns: lanes,
                    c: m.slice(product * outPlane, count * lanes), cStride: lanes))
            }
            finish(rows, of: images, panel, m, plane: outPlane, compute.kernels)
        }
    }

    /// The weights this thread will probably need after those of `item`: memory is idle while it multiplies.
    private func weightsAfter(_ item: Int, threads: Int) -> FloatView? {
        let panel = (item + threads) / parts
        return panel > item / parts && panel < convolution.weights.columns / lanes ? weights.panel(panel) : nil
    }

    /// Transforms one panel of some tile rows back, image by image; `rows` counts through the group's images.
    private func finish(_ rows: Range<Int>, of images: Range<Int>, _ panel: Int, _ m: FloatView, plane: Int, _ kernels: Kernels) {
        let tileRows = convolution.tileRows, columns = panel * lanes..<(panel + 1) * lanes
        var done = rows.lowerBound
        while done < rows.upperBound {
            let image = done / tileRows, end = min(rows.upperBound, (image + 1) * tileRows)
            let tiles = done - image * tileRows..<end - image * tileRows, n = images.lowerBound + image
            convolution.finish(
                tiles, image: n, m: m.from((done - rows.lowerBound) * convolution.tilesX * lanes), plane: plane, columns, kernels)
            kernels.gatherMoments(of: convolution.result, n, convolution.rows(tiles), columns)
            done = end
        }
    }
}
