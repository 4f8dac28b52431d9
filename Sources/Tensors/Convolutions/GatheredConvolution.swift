/// A convolution of very few input channels: the taps of each output are gathered side by side, so that a 3x3 kernel
/// over one channel is a product of depth 16 instead of 144. Kernels are square.
struct GatheredConvolution {
    private let call: ConvolutionCall
    private let weights: PackedWeights
    private let rowsPerItem: Int
    private let itemsPerImage: Int

    /// Outputs an item should have.
    private static let pixelsWanted = 1024

    init(_ call: ConvolutionCall, _ weights: PackedWeights, threads: Int) {
        (self.call, self.weights) = (call, weights)
        let height = call.result.height, fair = (height * call.batch + threads - 1) / threads  // some for every thread
        rowsPerItem = max(1, min(height, fair, Self.pixelsWanted / call.result.width))
        itemsPerImage = (height + rowsPerItem - 1) / rowsPerItem
    }

    private func region(_ rows: Range<Int>) -> BandRegion {
        call.shape.region(under: rows, inputWidth: call.input.width, pitch: lanes)
    }

    func run(_ pass: Pass) {
        // Band and columns.
        let scratch = region(0..<rowsPerItem).count + rowsPerItem * call.result.width * weights.depth
        pass.parallel(call.batch * itemsPerImage, scratch: scratch) { item, scratch in
            let rows = call.rows(item % itemsPerImage, of: itemsPerImage)
            let part = call.part(image: item / itemsPerImage, rows: rows)
            compute(part, scratch)
            call.finish(part)
        }
    }

    private func compute(_ part: ConvolutionCall.Part, _ scratch: FloatView) {
        let region = region(part.rows), band = scratch.slice(0, region.count), width = call.result.width
        let columns = scratch.slice(region.count, part.rows.count * width * weights.depth)
        call.prepare(region, image: part.image, into: band)
        call.kernels.gather(
            .init(
                band: band, rowPitch: region.rowPitch, pitch: lanes, kernel: call.shape.kernel.height,
                stride: call.shape.stride, channels: call.shape.sources[0], rows: part.rows.count, width: width,
                y: columns,
                yPitch: weights.depth))
        call.multiply(columns, by: weights, into: part)
    }
}
