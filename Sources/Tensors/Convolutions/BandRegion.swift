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
