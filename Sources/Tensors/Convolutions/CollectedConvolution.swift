import CKernels

/// A 3x3 convolution of very few outputs: every pixel is multiplied by all taps in one pointwise product, and each output collects
/// the taps' products from its neighbours. One output channel takes nine columns of a panel of sixteen, once a pixel; Winograd's
/// products would take a panel of which one column is used, nearly twice a pixel.
struct CollectedConvolution {
    private let convolution: Convolution
    private let weights: PackedWeights
    private let height: Int, width: Int
    private let bandWidth: Int
    let itemsPerImage: Int

    init(_ convolution: Convolution, _ weights: PackedWeights, _ input: Convolution.Input, height: Int, width: Int, threads: Int) {
        (self.convolution, self.weights, self.height, self.width) = (convolution, weights, height, width)
        bandWidth = input.width + convolution.padding.left + convolution.padding.right
        // Items prepare two rows of their neighbours again, so they are few.
        let batch = input.sources[0].batch
        itemsPerImage = max(1, min(height / 4, (2 * threads + batch - 1) / batch))
    }

    private var products: Int { bandWidth * weights.columns }

    /// Floats of scratch an item needs: a band row and three rows of products.
    var scratch: Int { bandWidth * weights.depth + 3 * products }

    /// Computes item `item` of image `n`; returns the output rows it wrote. Of an evaluation that nobody wants any more
    /// rows are left out.
    func run(
        _ item: Int, image n: Int, _ input: Convolution.Input, bias: FloatView, _ output: Convolution.Output,
        into result: Activation, scratch: FloatView, _ pass: Pass
    ) -> Range<Int> {
        let kernels = pass.kernels
        let rows = height * item / itemsPerImage..<height * (item + 1) / itemsPerImage, padding = convolution.padding
        let band = scratch.slice(0, bandWidth * weights.depth)
        /// The products of the row that `kernelRow` meets for output row `y`; three rows take turns.
        func place(_ y: Int, _ kernelRow: Int) -> FloatView { scratch.slice(band.count + (y + kernelRow) % 3 * products, products) }
        for y in rows where !pass.shouldLeave {  // of a large image an item takes long
            for kernelRow in (y == rows.lowerBound ? 0 : 2)..<3 {
                let region = BandRegion(
                    top: y + kernelRow - padding.top, rows: 1, width: bandWidth, left: padding.left, pitch: weights.depth)
                kernels.prepare(input, n, region, into: band)
                kernels.matmul(.init(
                    a: band, aStride: weights.depth, b: weights.buffer.view, depth: weights.depth, rows: bandWidth,
                    columns: weights.columns, c: place(y, kernelRow), cStride: weights.columns))
            }
            kernels.collect(.init(
                rows: (place(y, 0), place(y, 1), place(y, 2)), pitch: weights.columns, width: width, outputs: convolution.outputChannels,
                bias: bias, residual: output.residual?.rows(n, from: y), scale: output.scale, y: result.rows(n, from: y),
                yPitch: result.pitch))
        }
        return rows
    }
}

extension PackedWeights {
    /// The taps of a 3x3 kernel as the outputs of a pointwise layer, [kernel row, kernel column, output] in that order.
    convenience init(collecting weight: [Float], out: Int, sources: [Int]) {
        let inputs = sources.reduce(0, +)
        var columns = [Float](repeating: 0, count: weight.count)
        for o in 0..<out {
            for c in 0..<inputs {
                for tap in 0..<9 { columns[(tap * out + o) * inputs + c] = weight[(o * inputs + c) * 9 + tap] }
            }
        }
        self.init(weight: columns, out: 9 * out, sources: sources, kernel: 1)
    }
}
