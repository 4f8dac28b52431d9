import CKernels

/// A 3x3 convolution of very few outputs: every pixel is multiplied by all taps in one pointwise product, and each
/// output collects the taps' products from its neighbours. One output channel takes nine columns of a panel of sixteen,
/// once a pixel; Winograd's products would take a panel of which one column is used, nearly twice a pixel.
struct CollectedConvolution {
    private let call: ConvolutionCall
    private let weights: PackedWeights
    /// Pixels of a band row.
    private let bandWidth: Int
    private let itemsPerImage: Int

    init(_ call: ConvolutionCall, _ weights: PackedWeights, threads: Int) {
        (self.call, self.weights) = (call, weights)
        bandWidth = call.input.width + call.shape.padding.left + call.shape.padding.right
        // Items prepare two rows of their neighbours again, so they are few.
        itemsPerImage = max(1, min(call.result.height / 4, (2 * threads + call.batch - 1) / call.batch))
    }

    private var products: Int { bandWidth * weights.columns }

    func run(_ pass: Pass) {
        // A band row and three rows of products.
        let scratch = bandWidth * weights.depth + 3 * products
        pass.parallel(call.batch * itemsPerImage, scratch: scratch) { item, scratch in
            let rows = call.rows(item % itemsPerImage, of: itemsPerImage)
            let part = call.part(image: item / itemsPerImage, rows: rows)
            compute(part, scratch, pass)
            call.finish(part)
        }
    }

    /// Computes a part; of an evaluation that nobody wants any more rows are left out.
    private func compute(_ part: ConvolutionCall.Part, _ scratch: FloatView, _ pass: Pass) {
        let n = part.image, result = call.result
        let band = scratch.slice(0, bandWidth * weights.depth)
        /// The products of the row that `kernelRow` meets for output row `y`; three rows take turns.
        func place(_ y: Int, _ kernelRow: Int) -> FloatView {
            scratch.slice(band.count + (y + kernelRow) % 3 * products, products)
        }
        for y in part.rows where !pass.shouldLeave {  // of a large image an item takes long
            for kernelRow in (y == part.rows.lowerBound ? 0 : 2)..<3 {
                let region = BandRegion(
                    top: y + kernelRow - call.shape.padding.top, rows: 1, width: bandWidth,
                    left: call.shape.padding.left, pitch: weights.depth)
                call.prepare(region, image: n, into: band)
                call.kernels.matmul(
                    .init(
                        a: band, aStride: weights.depth, b: weights.buffer.view, depth: weights.depth, rows: bandWidth,
                        columns: weights.columns, c: place(y, kernelRow), cStride: weights.columns))
            }
            call.kernels.collect(
                .init(
                    rows: (place(y, 0), place(y, 1), place(y, 2)), pitch: weights.columns, width: result.width,
                    outputs: call.shape.outputs, bias: call.bias(n), residual: call.output.residual?.rows(n, from: y),
                    scale: call.output.scale, y: result.rows(n, from: y), yPitch: result.pitch))
        }
    }
}

extension PackedWeights {
    /// The taps of a 3x3 kernel as the outputs of a pointwise layer, [kernel row, kernel column, output] in that order.
    convenience init(collecting weight: [Float]?, outputs: Int, sources: [Int]) {
        let inputs = sources.reduce(0, +)
        guard let weight else {
            self.init(outputs: 9 * outputs, sources: sources, kernel: .pointwise)
            return
        }
        var columns = [Float](repeating: 0, count: weight.count)
        for o in 0..<outputs {
            for c in 0..<inputs {
                for tap in 0..<9 {
                    columns[(tap * outputs + o) * inputs + c] = weight[(o * inputs + c) * 9 + tap]
                }
            }
        }
        self.init(weight: columns, outputs: 9 * outputs, sources: sources, kernel: .pointwise)
    }
}
