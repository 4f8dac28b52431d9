import CKernels

/// The way into Winograd's domain and out of it.
extension Kernels {
    /// The input transform of a band's tiles into planes of V, [point][point][tile][pitch]; see `ck_winograd_input`.
    struct WinogradInput {
        var band: FloatView, rowPitch: Int, pitch: Int
        var rows: TileSpan, columns: TileSpan
        var isDoubled: Bool
        var v: FloatView, planes: WinogradPlanes
        /// What is brought near meanwhile.
        var ahead: FloatView? = nil
    }

    func winogradInput(_ p: WinogradInput) {
        let count = p.rows.count * p.columns.count
        precondition(p.rows.count > 0 && p.columns.count > 0)
        precondition((p.rows.outputs + 1) * p.rowPitch + (p.columns.outputs + 2) * p.pitch <= p.band.count)
        precondition(p.planes.holds(p.rows, p.columns, floats: count * p.pitch, in: p.v) && p.pitch % lanes == 0)
        var call = unsafe ck_winograd_input(
            height: Int32(p.rows.size), width: Int32(p.columns.size), is_doubled: p.isDoubled ? 1 : 0, x: p.band.base,
            row_pitch: p.rowPitch, pitch: p.pitch, tiles_y: p.rows.count, tiles_x: p.columns.count, channels: p.pitch,
            v: p.v.base, plane: p.planes.pitch, points: p.planes.points, next: p.ahead?.base,
            next_count: p.ahead?.count ?? 0)
        unsafe tier.table.pointee.winograd_input(&call)
    }

    /// The filter transform of a panel of a 3x3 kernel, [depth][3][3][16], into two rows of planes of U,
    /// [point][depth][16]; see `ck_winograd_weights`.
    struct WinogradFilter {
        var panel: FloatView, depth: Int
        var pair: WinogradWeights.Pair
        /// The first row; `plane` floats from a point to the next, and the second row `second` floats behind.
        var u: FloatView, plane: Int, second: Int
    }

    func winogradFilter(_ p: WinogradFilter) {
        precondition(p.panel.count >= 9 * p.depth * lanes)
        precondition(p.second + (p.pair.output + 1) * p.plane + p.depth * lanes <= p.u.count)
        var call = unsafe ck_winograd_weights(
            output: Int32(p.pair.output), pair: Int32(p.pair.index), g: p.panel.base, depth: p.depth, u: p.u.base,
            plane: p.plane, second: p.second)
        unsafe tier.table.pointee.winograd_weights(&call)
    }

    /// Whether streaming weights of few tiles through registers pays.
    var streams: Bool { unsafe tier.table.pointee.streams != 0 }

    /// Products of `CK_STREAM_TILES` tiles with a panel's weights, [depth][3][3][16]; see `ck_winograd_stream`.
    struct WinogradStream {
        var panel: FloatView, next: FloatView?, depth: Int
        var isDoubled: Bool
        var v: FloatView, inputs: WinogradPlanes
        var m: FloatView, outputs: WinogradPlanes
    }

    func winogradStream(_ p: WinogradStream) {
        let tiles = Int(CK_STREAM_TILES), last = p.inputs.points - 1
        precondition(p.inputs.points == p.outputs.points && [3, 5].contains(last))
        precondition(p.panel.count >= 9 * p.depth * lanes)
        precondition(p.inputs.start(last, last) + tiles * p.depth <= p.v.count)
        precondition(p.outputs.start(last, last) + tiles * lanes <= p.m.count)
        var call = unsafe ck_winograd_stream(
            output: Int32(p.inputs.points - 2), is_doubled: p.isDoubled ? 1 : 0, g: p.panel.base, next: p.next?.base,
            depth: p.depth, v: p.v.base, plane: p.inputs.pitch, m: p.m.base, m_plane: p.outputs.pitch)
        unsafe tier.table.pointee.winograd_stream(&call)
    }

    /// The output transform of planes of M, [point][point][tile][channels], into an image whose pixels lie `pitch`
    /// floats apart and rows `rowPitch`; see `ck_winograd_output`.
    struct WinogradOutput {
        var m: FloatView, planes: WinogradPlanes
        var rows: TileSpan, columns: TileSpan
        var isDoubled: Bool
        /// Outputs of the tiles that lie inside the image.
        var height: Int, width: Int
        var channels: Int
        var y: FloatView, rowPitch: Int, pitch: Int
        var bias: FloatView
        var residual: FloatView?
        var scale: Float
    }

    func winogradOutput(_ p: WinogradOutput) {
        let count = p.rows.count * p.columns.count
        precondition(p.rows.count > 0 && p.columns.count > 0)
        precondition(p.height <= p.rows.outputs && p.height > p.rows.outputs - p.rows.size)
        precondition(p.width <= p.columns.outputs && p.width > p.columns.outputs - p.columns.size)
        precondition(p.planes.holds(p.rows, p.columns, floats: count * p.channels, in: p.m) && p.channels % lanes == 0)
        precondition(p.channels <= p.bias.count)
        let floats = (p.height - 1) * p.rowPitch + (p.width - 1) * p.pitch + p.channels
        precondition(floats <= min(p.y.count, p.residual?.count ?? .max))
        var call = unsafe ck_winograd_output(
            height: Int32(p.rows.size), width: Int32(p.columns.size), is_doubled: p.isDoubled ? 1 : 0, m: p.m.base,
            plane: p.planes.pitch, points: p.planes.points, tiles_y: p.rows.count, tiles_x: p.columns.count,
            channels: p.channels, y: p.y.base, y_row: p.rowPitch, y_pitch: p.pitch, rows: p.height, columns: p.width,
            bias: p.bias.base, residual: p.residual?.base, residual_row: p.rowPitch, residual_pitch: p.pitch,
            scale: p.scale)
        unsafe tier.table.pointee.winograd_output(&call)
    }
}
