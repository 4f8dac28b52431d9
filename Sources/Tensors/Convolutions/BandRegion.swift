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

extension ConvolutionCall {
    /// A row of one source of the input.
    private struct SourceRow {
        let source: Activation
        let image: Int, y: Int
        /// Floats of the sources before it in a pixel of the band.
        let start: Int
    }

    /// Fills `band` with rows of image `n`: sources side by side, normed, activated, upsampled, zero outside the image.
    func prepare(_ region: BandRegion, image n: Int, into band: FloatView) {
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
            var start = 0
            for source in input.sources {
                copy(
                    SourceRow(source: source, image: n, y: input.upsampled ? y / 2 : y, start: start),
                    into: line.from(region.left * region.pitch + start), pitch: region.pitch)
                start += source.pitch
            }
        }
    }

    private func copy(_ row: SourceRow, into line: FloatView, pitch: Int) {
        let source = row.source
        var affine = Kernels.Affine(
            x: source.rows(row.image, from: row.y), xStride: source.pitch, y: line, yStride: pitch,
            pixels: source.width, channels: source.pitch, activation: input.activation)
        if let norm = input.norm {
            affine.scale = norm.scale(row.image).slice(row.start, source.pitch)
            affine.shift = norm.shift(row.image).slice(row.start, source.pitch)
        }
        guard input.upsampled else { return kernels.affine(affine) }
        affine.yStride = 2 * pitch
        kernels.affine(affine)
        affine.y = line.from(pitch)
        kernels.affine(affine)
    }
}
