/// Winograd convolution in strips: a work item is a run of tile rows of one image, taken some rows at a time; the two input
/// rows that neighbouring steps share are kept.
struct WinogradStrips {
    private let convolution: WinogradConvolution
    /// [product][panel][depth][16].
    private let planes: FloatBuffer
    private let rowsPerStep: Int
    private let itemsPerImage: Int
    /// Output channels multiplied before they are transformed back.
    private let block: Int

    /// Tiles a step should have at most: weights brought into cache are used often enough, and the planes stay there.
    private static let tilesWanted = 32

    init(_ convolution: WinogradConvolution, _ planes: FloatBuffer, threads: Int) {
        self.convolution = convolution
        self.planes = planes
        let rows = convolution.tileRows
        let items = max(1, min(rows, (4 * threads + convolution.result.batch - 1) / convolution.result.batch))
        rowsPerStep = max(1, min((rows + items - 1) / items, Self.tilesWanted / convolution.tilesX))
        itemsPerImage = min(items, (rows + rowsPerStep - 1) / rowsPerStep)
        block = min(convolution.weights.columns, 64)
    }

    private var tilesPerStep: Int { rowsPerStep * convolution.tilesX }
    private var inputs: Int { convolution.weights.products * convolution.plane(tilesPerStep, convolution.weights.depth) }
    private var outputs: Int { convolution.weights.products * convolution.plane(tilesPerStep, block) }

    func run(_ compute: Compute) {
        let band = convolution.region(0..<rowsPerStep).count
        compute.parallel(convolution.result.batch * itemsPerImage, scratch: band + inputs + outputs) { item, scratch in
            let n = item / itemsPerImage, part = item % itemsPerImage, rows = convolution.tileRows
            let tiles = rows * part / itemsPerImage..<rows * (part + 1) / itemsPerImage
            var done = tiles.lowerBound
            while done < tiles.upperBound {
                let step = done..<min(done + rowsPerStep, tiles.upperBound)
                prepare(step, isFirst: done == tiles.lowerBound, image: n, band: scratch.slice(0, band), compute.kernels)
                multiply(step, image: n, scratch, band: band, compute.kernels)
                compute.kernels.gatherMoments(of: convolution.result, n, convolution.rows(step))
                done = step.upperBound
            }
        }
    }

    /// Fills the band of a step. Every step but the last has `rowsPerStep` rows, so the shared rows lie at a fixed place.
    private func prepare(_ step: Range<Int>, isFirst: Bool, image n: Int, band: FloatView, _ kernels: Kernels) {
        let region = convolution.region(step)
        guard !isFirst else { return kernels.prepare(convolution.input, n, region, into: band.slice(0, region.count)) }
        let shared = 2 * region.rowPitch
        band.slice(0, shared).copy(from: band.slice(rowsPerStep * convolution.weights.output * region.rowPitch, shared))
        let fresh = BandRegion(top: region.top + 2, rows: region.rows - 2, width: region.width, left: region.left, pitch: region.pitch)
        kernels.prepare(convolution.input, n, fresh, into: band.slice(shared, fresh.count))
    }

    private func multiply(_ step: Range<Int>, image n: Int, _ scratch: FloatView, band: Int, _ kernels: Kernels) {
        let weights = convolution.weights, count = step.count * convolution.tilesX, region = convolution.region(step)
        let v = scratch.slice(band, inputs), m = scratch.slice(band + inputs, outputs)
        let inPlane = convolution.plane(count, weights.depth)
        kernels.winogradInput(.init(
            band: scratch.slice(0, band), rowPitch: region.rowPitch, pitch: region.pitch, tilesY: step.count,
            tilesX: convolution.tilesX, output: weights.output, v: v, plane: inPlane))
        for start in stride(from: 0, to: weights.columns, by: block) {
            let columns = start..<min(start + block, weights.columns)
            let outPlane = convolution.plane(count, columns.count)
            for product in 0..<weights.products {
                let plane = planes.view.slice((product * weights.columns + start) * weights.depth, columns.count * weights.depth)
                kernels.matmul(.init(
                    a: v.slice(product * inPlane, count * weights.depth), aStride: weights.depth, b: plane, depth: weights.depth,
                    rows: count, columns: columns.count, c: m.slice(product * outPlane, count * columns.count), cStride: columns.count))
            }
            convolution.finish(step, image: n, m: m, plane: outPlane, columns, kernels)
        }
    }
}
