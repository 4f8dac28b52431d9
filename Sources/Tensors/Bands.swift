/// Input rows that one work item needs, with their zero padding, as they lie in scratch: [rows, width, pitch].
struct BandRegion {
    /// First row and row count in the (upsampled) input's coordinates; rows outside the image are zero.
    let top: Int, rows: Int
    /// Pixels of a band row, the padding among them, and how many of them lie left of the image.
    let width: Int, left: Int
    /// Floats a pixel.
    let pitch: Int

    var rowPitch: Int { width * pitch }
    var count: Int { rows * rowPitch }
}

/// How a convolution's output rows are cut into work items. The cut decides speed only: every output element is computed
/// the same way in any band.
struct Bands {
    private let height: Int
    private let rowsPerBand: Int
    private let stride: Int, kernel: Int, padding: Convolution.Padding
    private let inputWidth: Int, pitch: Int
    private let gathered: Int
    let perImage: Int

    /// Floats a band should stay under, to live in a core's second-level cache beside the weights: 256 KiB.
    private static let budget = 65_536

    init(_ convolution: Convolution, input: Convolution.Input, height: Int, width: Int, threads: Int) {
        self.height = height
        stride = convolution.stride
        kernel = convolution.kernel
        padding = convolution.padding
        inputWidth = input.width
        pitch = input.pitch
        gathered = width * convolution.weights.segments * convolution.weights.depth
        let rowFloats = (input.width + padding.left + padding.right) * pitch * stride
        let batch = input.sources[0].batch
        let fair = (height * batch + threads - 1) / threads  // at least one item for every thread
        rowsPerBand = max(1, min(height, fair, Self.budget / max(rowFloats, 1)))
        perImage = (height + rowsPerBand - 1) / rowsPerBand
    }

    func rows(_ index: Int) -> Range<Int> {
        height * index / perImage..<height * (index + 1) / perImage
    }

    func region(_ rows: Range<Int>) -> BandRegion {
        BandRegion(
            top: rows.lowerBound * stride - padding.top, rows: (rows.count - 1) * stride + kernel,
            width: inputWidth + padding.left + padding.right, left: padding.left, pitch: pitch)
    }

    /// Floats of scratch a work item needs.
    func scratch(_ algorithm: ConvolutionAlgorithm) -> Int {
        let band = region(0..<rowsPerBand).count
        return algorithm == .reference ? band + gathered : band
    }
}

extension Kernels {
    /// Fills `band` with rows of image `n`: sources side by side, normed, activated, upsampled, zero outside the image.
    func prepare(_ input: Convolution.Input, _ n: Int, _ region: BandRegion, into band: FloatView) {
        for row in 0..<region.rows {
            let y = region.top + row
            let line = band.slice(row * region.rowPitch, region.rowPitch)
            guard y >= 0, y < input.height else {
                line.fill(0)
                continue
            }
            line.slice(0, region.left * region.pitch).fill(0)
            let right = region.left + input.width
            line.slice(right * region.pitch, (region.width - right) * region.pitch).fill(0)
            var offset = region.left * region.pitch
            for (index, source) in input.sources.enumerated() {
                copyRow(of: source, index, input, n, y, into: line.from(offset), pitch: region.pitch)
                offset += source.pitch
            }
        }
    }

    private func copyRow(
        of source: Activation, _ index: Int, _ input: Convolution.Input, _ n: Int, _ y: Int, into line: FloatView, pitch: Int
    ) {
        var affine = Affine(
            x: source.rows(n, from: input.upsampled ? y / 2 : y), xStride: source.pitch, y: line, yStride: pitch,
            pixels: source.width, channels: source.pitch, activation: input.activation)
        if let norm = input.norm {
            let start = input.sources[..<index].reduce(0) { $0 + $1.pitch }
            affine.scale = norm.scale(n).slice(start, source.pitch)
            affine.shift = norm.shift(n).slice(start, source.pitch)
        }
        guard input.upsampled else { return self.affine(affine) }
        affine.yStride = 2 * pitch
        self.affine(affine)
        affine.y = line.from(pitch)
        self.affine(affine)
    }
}
