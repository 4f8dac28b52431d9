import CKernels

/// What stands around the products of convolutions of few input or output channels.
extension Kernels {
    /// Columns of a convolution of few channels; see `ck_gather`.
    struct Columns {
        var band: FloatView, rowPitch: Int, pitch: Int
        var kernel: Int, stride: Int, channels: Int
        var rows: Int, width: Int
        var y: FloatView, yPitch: Int
    }

    func gather(_ p: Columns) {
        precondition(p.rows > 0 && p.width > 0 && p.kernel * p.kernel * p.channels <= p.yPitch)
        precondition(p.rows * p.width * p.yPitch <= p.y.count)
        let lastRow = (p.rows - 1) * p.stride + p.kernel - 1, pixels = (p.width - 1) * p.stride + p.kernel
        precondition(lastRow * p.rowPitch + pixels * p.pitch <= p.band.count)
        var call = unsafe ck_gather(
            x: p.band.base, row_pitch: p.rowPitch, pitch: p.pitch, kernel: p.kernel, stride: p.stride,
            channels: p.channels, rows: p.rows, width: p.width, y: p.y.base, y_pitch: p.yPitch)
        unsafe tier.table.pointee.gather(&call)
    }

    /// A row of outputs from the products of pixels with all taps; see `ck_collect`.
    struct TapProducts {
        var rows: (FloatView, FloatView, FloatView), pitch: Int
        var width: Int, outputs: Int
        var bias: FloatView, residual: FloatView?, scale: Float
        var y: FloatView, yPitch: Int
    }

    func collect(_ p: TapProducts) {
        let floats = (p.width + 1) * p.pitch + 9 * p.outputs
        precondition(p.width > 0 && (1...Int(CK_COLLECTED)).contains(p.outputs) && 9 * p.outputs <= p.pitch)
        precondition(min(p.rows.0.count, p.rows.1.count, p.rows.2.count) >= floats)
        precondition(p.outputs <= min(p.bias.count, p.yPitch) && p.yPitch % lanes == 0)
        precondition(p.width * p.yPitch <= min(p.y.count, p.residual?.count ?? .max))
        var call = unsafe ck_collect(
            rows: (UnsafePointer(p.rows.0.base), UnsafePointer(p.rows.1.base), UnsafePointer(p.rows.2.base)),
            pitch: p.pitch, width: p.width, outputs: p.outputs, bias: p.bias.base, residual: p.residual?.base,
            scale: p.scale, y: p.y.base, y_pitch: p.yPitch)
        unsafe tier.table.pointee.collect(&call)
    }
}
