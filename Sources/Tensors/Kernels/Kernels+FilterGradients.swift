import CKernels

/// Gradients of convolutions' weights.
extension Kernels {
    /// A gradient's tiles of 4 x 4 pixels into planes of A dy A^T; see `ck_winograd_gradient`.
    struct WinogradGradient {
        /// The first of the tiles' pixels; `rows` x `columns` of them exist.
        var y: FloatView, rowPitch: Int, pitch: Int
        var rows: Int, columns: Int
        var tileRows: Int, tileColumns: Int
        var isDoubled: Bool
        var m: FloatView, planes: WinogradPlanes
    }

    func winogradGradient(_ p: WinogradGradient) {
        precondition(p.planes.points == 6 && p.pitch % lanes == 0 && p.tileRows > 0 && p.tileColumns > 0)
        precondition(p.rows > 4 * (p.tileRows - 1) && p.rows <= 4 * p.tileRows)
        precondition(p.columns > 4 * (p.tileColumns - 1) && p.columns <= 4 * p.tileColumns)
        precondition((p.rows - 1) * p.rowPitch + p.columns * p.pitch <= p.y.count)
        precondition(p.planes.start(5, 5) + p.tileRows * p.tileColumns * p.pitch <= p.m.count)
        var call = unsafe ck_winograd_gradient(
            is_doubled: p.isDoubled ? 1 : 0, y: p.y.base, y_row: p.rowPitch, y_pitch: p.pitch, rows: p.rows,
            columns: p.columns, tiles_y: p.tileRows, tiles_x: p.tileColumns, channels: p.pitch, m: p.m.base,
            plane: p.planes.pitch)
        unsafe tier.table.pointee.winograd_gradient(&call)
    }

    /// Sums of products, of 16 outputs and some inputs, into torch's order; see `ck_filter_gradient`.
    struct FilterGradient {
        /// [plane][input][...], inputs `pitch` floats apart.
        var w: FloatView, plane: Int, pitch: Int
        var isWinograd: Bool, isDoubled: Bool
        var inputs: Int, taps: Int
        /// The outputs that are added, of the 16.
        var outputs: Range<Int>
        /// Where the first of them has the gradient of its first input, and floats from one output to the next.
        var gradient: FloatView, gradientStride: Int
    }

    func filterGradient(_ p: FilterGradient) {
        let planes = p.isWinograd ? 36 : p.taps
        precondition(p.inputs > 0 && !p.isWinograd || p.taps == 9)
        precondition(p.outputs.lowerBound >= 0 && p.outputs.upperBound <= lanes && !p.outputs.isEmpty)
        precondition((planes - 1) * p.plane + (p.inputs - 1) * p.pitch + lanes <= p.w.count)
        precondition((p.outputs.count - 1) * p.gradientStride + p.inputs * p.taps <= p.gradient.count)
        var call = unsafe ck_filter_gradient(
            is_winograd: p.isWinograd ? 1 : 0, is_doubled: p.isDoubled ? 1 : 0, w: p.w.base, plane: p.plane,
            pitch: p.pitch, inputs: p.inputs, taps: p.taps, first_lane: p.outputs.lowerBound,
            lanes: p.outputs.count, gradient: p.gradient.base, gradient_stride: p.gradientStride)
        unsafe tier.table.pointee.filter_gradient(&call)
    }
}
