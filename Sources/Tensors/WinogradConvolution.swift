/// A 3x3 convolution of stride 1 and padding 1 through Winograd's domain: a work item prepares a band of whole tile rows,
/// transforms it, multiplies the (output + 2)^2 planes and transforms back into the output, with bias, residual and scale.
struct WinogradConvolution {
    let weights: WinogradWeights
    let height: Int, width: Int
    private let tilesX: Int, tileRows: Int
    private let rowsPerItem: Int
    let itemsPerImage: Int

    /// Tiles a work item should have, so that weights are read often enough from cache.
    private static let tilesWanted = 32

    init(_ weights: WinogradWeights, batch: Int, height: Int, width: Int, threads: Int) {
        self.weights = weights
        (self.height, self.width) = (height, width)
        let size = weights.output
        tilesX = (width + size - 1) / size
        tileRows = (height + size - 1) / size
        let fair = max(1, (tileRows * batch + threads - 1) / threads)
        rowsPerItem = max(1, min(tileRows, fair, (Self.tilesWanted + tilesX - 1) / tilesX))
        itemsPerImage = (tileRows + rowsPerItem - 1) / rowsPerItem
    }

    private var tilesPerItem: Int { rowsPerItem * tilesX }

    /// Floats of scratch an item needs: band, transformed input, products.
    var scratch: Int {
        region(0..<rowsPerItem).count + weights.products * tilesPerItem * (weights.depth + weights.columns)
    }

    private func region(_ tiles: Range<Int>) -> BandRegion {
        let size = weights.output
        return BandRegion(
            top: tiles.lowerBound * size - 1, rows: tiles.count * size + 2, width: tilesX * size + 2, left: 1, pitch: weights.depth)
    }

    /// Computes item `item` of image `n`; returns the output rows it wrote.
    func run(
        _ item: Int, image n: Int, _ input: Convolution.Input, bias: FloatView, _ output: Convolution.Output,
        into result: Activation, scratch: FloatView, _ kernels: Kernels
    ) -> Range<Int> {
        let tiles = tileRows * item / itemsPerImage..<tileRows * (item + 1) / itemsPerImage
        let region = region(tiles), count = tiles.count * tilesX
        let band = scratch.slice(0, region.count)
        let v = scratch.slice(region.count, weights.products * count * weights.depth)
        let m = scratch.slice(region.count + v.count, weights.products * count * weights.columns)
        kernels.prepare(input, n, region, into: band)
        kernels.winogradInput(
            band, rowPitch: region.rowPitch, pitch: region.pitch, tiles: (tiles.count, tilesX), output: weights.output, into: v)
        for product in 0..<weights.products {
            kernels.matmul(.init(
                a: v.slice(product * count * weights.depth, count * weights.depth), aStride: weights.depth,
                b: weights.buffer.view.slice(product * weights.columns * weights.depth, weights.columns * weights.depth),
                depth: weights.depth, rows: count, columns: weights.columns,
                c: m.slice(product * count * weights.columns, count * weights.columns), cStride: weights.columns))
        }
        let y = tiles.lowerBound * weights.output
        let rows = y..<min(height, tiles.upperBound * weights.output)
        kernels.winogradOutput(
            m, tiles: (tiles.count, tilesX), output: weights.output, into: result.rows(n, from: y), rows: rows.count, width: width,
            pitch: result.pitch, bias: bias, residual: output.residual?.rows(n, from: y), scale: output.scale)
        return rows
    }
}
