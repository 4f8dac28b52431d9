/// A convolution multiplied straight from the band: a kernel row's taps lie side by side in a channels-last band, so the
/// matrix kernel takes them as one long reduction and no columns are gathered.
struct DirectConvolution {
    private let weights: PackedWeights
    private let usesBLAS: Bool
    private let height: Int, width: Int
    private let rowsPerItem: Int
    private let stride: Int, kernel: Int, padding: Convolution.Padding
    private let inputWidth: Int, pitch: Int
    let itemsPerImage: Int

    /// Floats a band should stay under, to live in a core's second-level cache beside the weights: 256 KiB.
    private static let budget = 65_536

    /// The cut into items decides speed only: every output element is computed the same way in any band.
    init(_ convolution: Convolution, _ weights: PackedWeights, _ input: Convolution.Input, height: Int, width: Int, threads: Int) {
        self.weights = weights
        usesBLAS = if case .reference = convolution.weights { true } else { false }
        (self.height, self.width) = (height, width)
        (stride, kernel, padding) = (convolution.stride, convolution.kernel, convolution.padding)
        (inputWidth, pitch) = (input.width, input.pitch)
        let rowFloats = (input.width + padding.left + padding.right) * pitch * stride
        let batch = input.sources[0].batch
        let fair = max(1, (height * batch + threads - 1) / threads)  // at least one item for every thread
        rowsPerItem = max(1, min(height, fair, Self.budget / max(rowFloats, 1)))
        itemsPerImage = (height + rowsPerItem - 1) / rowsPerItem
    }

    private func region(_ rows: Range<Int>) -> BandRegion {
        BandRegion(
            top: rows.lowerBound * stride - padding.top, rows: (rows.count - 1) * stride + kernel,
            width: inputWidth + padding.left + padding.right, left: padding.left, pitch: pitch)
    }

    /// Floats of scratch an item needs.
    var scratch: Int {
        let band = region(0..<rowsPerItem).count
        return usesBLAS ? band + width * weights.segments * weights.depth : band
    }

    /// Computes item `item` of image `n`; returns the output rows it wrote.
    func run(
        _ item: Int, image n: Int, _ input: Convolution.Input, bias: FloatView, _ output: Convolution.Output,
        into result: Activation, scratch: FloatView, _ kernels: Kernels
    ) -> Range<Int> {
        let rows = height * item / itemsPerImage..<height * (item + 1) / itemsPerImage
        let band = region(rows)
        kernels.prepare(input, n, band, into: scratch)
        for y in rows {
            let origin = (y - rows.lowerBound) * stride * band.rowPitch
            var product = Kernels.MatrixProduct(
                a: scratch.slice(origin, kernel * band.rowPitch), aStride: stride * band.pitch, aSegment: band.rowPitch,
                b: weights.buffer.view, segments: weights.segments, depth: weights.depth,
                rows: width, columns: weights.columns,
                c: result.rows(n, from: y).slice(0, width * result.pitch), cStride: result.pitch, bias: bias, scale: output.scale)
            if let residual = output.residual {
                product.residual = residual.rows(n, from: y)
                product.residualStride = residual.pitch
            }
            if usesBLAS { product.multiplyWithBLAS(columns: scratch.from(band.count)) } else { kernels.matmul(product) }
        }
        return rows
    }
}
