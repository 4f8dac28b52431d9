import CKernels

extension Kernels {
    /// A depthwise convolution of a band; see `ck_depthwise`.
    struct DepthwiseBand {
        var band: FloatView, rowPitch: Int, pitch: Int
        var kernel: Int, stride: Int
        var rows: Int, width: Int
        var weights: FloatView, bias: FloatView
        var activation: ActivationFunction
        var y: FloatView, yRow: Int
    }

    func depthwise(_ p: DepthwiseBand) {
        precondition(p.rows > 0 && p.width > 0 && p.kernel > 0 && p.stride > 0 && p.pitch % lanes == 0)
        precondition(p.weights.count >= p.kernel * p.kernel * p.pitch && p.bias.count >= p.pitch)
        let lastRow = (p.rows - 1) * p.stride + p.kernel - 1, pixels = (p.width - 1) * p.stride + p.kernel
        precondition(lastRow * p.rowPitch + pixels * p.pitch <= p.band.count)
        precondition((p.rows - 1) * p.yRow + p.width * p.pitch <= p.y.count)
        var call = unsafe ck_depthwise(
            x: p.band.base, row_pitch: p.rowPitch, pitch: p.pitch, kernel: p.kernel, stride: p.stride,
            channels: p.pitch, rows: p.rows, width: p.width, w: p.weights.base, bias: p.bias.base,
            activation: p.activation.code, y: p.y.base, y_row: p.yRow, y_pitch: p.pitch)
        unsafe tier.table.pointee.depthwise(&call)
    }
}
