/// A convolution of very few input channels: the taps of each output are gathered side by side, so that a 3x3 kernel over one
/// channel is a product of depth 16 instead of 144.
struct GatheredConvolution {
    private let convolution: Convolution
    private let weights: PackedWeights
    private let height: Int, width: Int
    private let rowsPerItem: Int
    let itemsPerImage: Int

    /// Outputs an item should have.
    private static let pixelsWanted = 1024

    init(_ convolution: Convolution, _ weights: PackedWeights, batch: Int, height: Int, width: Int, threads: Int) {
        (self.convolution, self.weights, self.height, self.width) = (convolution, weights, height, width)
        let fair = (height * batch + threads - 1) / threads  // something for every thread
        rowsPerItem = max(1, min(height, fair, Self.pixelsWanted / width))
        itemsPerImage = (height + rowsPerItem - 1) / rowsPerItem
    }

    private func region(_ rows: Range<Int>, _ inputWidth: Int) -> BandRegion {
        let padding = convolution.padding
        return BandRegion(
            top: rows.lowerBound * convolution.stride - padding.top, rows: (rows.count - 1) * convolution.stride + convolution.kernel,
            width: inputWidth + padding.left + padding.right, left: padding.left, pitch: lanes)
    }

    /// Floats of scratch an item needs: band and columns.
    func scratch(_ input: Convolution.Input) -> Int {
        region(0..<rowsPerItem, input.width).count + rowsPerItem * width * weights.depth
    }

    /// Computes item `item` of image `n`; returns the output rows it wrote.
    func run(
        _ item: Int, image n: Int, _ input: Convolution.Input, bias: FloatView, _ output: Convolution.Output,
        into result: Activation, scratch: FloatView, _ kernels: Kernels
    ) -> Range<Int> {
        let rows = height * item / itemsPerImage..<height * (item + 1) / itemsPerImage
        let region = region(rows, input.width), band = scratch.slice(0, region.count)
        let columns = scratch.slice(region.count, rows.count * width * weights.depth)
        kernels.prepare(input, n, region, into: band)
        kernels.gather(.init(
            band: band, rowPitch: region.rowPitch, pitch: lanes, kernel: convolution.kernel, stride: convolution.stride,
            channels: convolution.sources[0], rows: rows.count, width: width, y: columns, yPitch: weights.depth))
        kernels.matmul(.init(
            a: columns, aStride: weights.depth, b: weights.buffer.view, depth: weights.depth, rows: rows.count * width,
            columns: weights.columns, c: result.rows(n, from: rows.lowerBound), cStride: result.pitch, bias: bias,
            residual: output.residual?.rows(n, from: rows.lowerBound), residualStride: output.residual?.pitch ?? 0,
            scale: output.scale))
        return rows
    }
}
