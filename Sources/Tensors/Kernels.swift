import CKernels

/// The activation that follows a norm (diffusers' `act_fn`).
public enum ActivationFunction: Sendable {
    case identity, silu, mish, gelu, relu

    var code: ck_activation {
        switch self {
        case .identity: CK_IDENTITY
        case .silu: CK_SILU
        case .mish: CK_MISH
        case .gelu: CK_GELU
        case .relu: CK_RELU
        }
    }
}

/// The C kernels of one tier behind bounds checks: each call states what it will touch, then makes one C call.
struct Kernels: Sendable {
    let tier: KernelTier

    /// C[m] = (sum over segments and depth of A[m] B + bias + residual[m]) scale; see `ck_matmul`.
    struct MatrixProduct {
        var a: FloatView, aStride: Int, aSegment = 0
        var b: FloatView, segments = 1, depth: Int
        var rows: Int, columns: Int
        var c: FloatView, cStride: Int
        var bias: FloatView?
        var residual: FloatView?, residualStride = 0
        var scale: Float = 1
    }

    func matmul(_ p: MatrixProduct) {
        guard p.rows > 0 else { return }
        precondition(p.columns % lanes == 0 && p.depth > 0)
        precondition((p.rows - 1) * p.aStride + (p.segments - 1) * p.aSegment + p.depth <= p.a.count)
        precondition(p.columns * p.segments * p.depth <= p.b.count)
        precondition((p.rows - 1) * p.cStride + p.columns <= p.c.count)
        if let bias = p.bias { precondition(p.columns <= bias.count) }
        if let r = p.residual { precondition((p.rows - 1) * p.residualStride + p.columns <= r.count) }
        var call = unsafe ck_matmul(
            a: p.a.base, a_stride: p.aStride, a_segment: p.aSegment, b: p.b.base, segments: p.segments, depth: p.depth,
            rows: p.rows, columns: p.columns, c: p.c.base, c_stride: p.cStride, bias: p.bias?.base,
            residual: p.residual?.base, residual_stride: p.residualStride, scale: p.scale)
        unsafe tier.table.pointee.matmul(&call)
    }

    /// y[p] = act(x[p] scale + shift) for `pixels` pixels of `channels` floats; see `ck_affine`.
    struct Affine {
        var x: FloatView, xStride: Int
        var y: FloatView, yStride: Int
        var pixels: Int, channels: Int
        var scale: FloatView?, shift: FloatView?
        var activation = ActivationFunction.identity
    }

    func affine(_ p: Affine) {
        guard p.pixels > 0 else { return }
        precondition(p.channels % lanes == 0)
        precondition((p.pixels - 1) * p.xStride + p.channels <= p.x.count)
        precondition((p.pixels - 1) * p.yStride + p.channels <= p.y.count)
        if let scale = p.scale, let shift = p.shift {
            precondition(scale.count >= p.channels && shift.count >= p.channels)
        }
        var call = unsafe ck_affine(
            x: p.x.base, x_stride: p.xStride, y: p.y.base, y_stride: p.yStride, pixels: p.pixels, channels: p.channels,
            scale: p.scale?.base, shift: p.shift?.base, activation: p.activation.code)
        unsafe tier.table.pointee.affine(&call)
    }

    /// Mean and sum of squared deviations per channel over `pixels` adjacent pixels; `into` holds both, one after the other.
    func moments(_ x: FloatView, pixels: Int, channels: Int, into: FloatView) {
        precondition(pixels > 0 && x.count >= pixels * channels && into.count >= 2 * channels && channels % lanes == 0)
        unsafe tier.table.pointee.moments(x.base, channels, pixels, channels, into.base, into.base + channels)
    }

    /// Softmax of `rows` rows of `count` entries times `scale`, in place; rows advance by `stride`.
    func softmax(_ x: FloatView, stride: Int, rows: Int, count: Int, scale: Float) {
        precondition(rows * stride <= x.count && padded(count) <= stride && count > 0)
        unsafe tier.table.pointee.softmax(x.base, stride, rows, count, scale)
    }

    /// y = (a + b) scale.
    func add(_ a: FloatView, _ b: FloatView, into y: FloatView, scale: Float) {
        precondition(a.count == y.count && b.count == y.count && y.count % lanes == 0)
        unsafe tier.table.pointee.add(a.base, b.base, y.base, y.count, scale)
    }

    /// Means of 2x2 blocks of two adjacent rows of 2 * `pixels` pixels.
    func pool2x2(_ row0: FloatView, _ row1: FloatView, into y: FloatView, pixels: Int, channels: Int) {
        precondition(min(row0.count, row1.count) >= 2 * pixels * channels && y.count >= pixels * channels && channels % lanes == 0)
        unsafe tier.table.pointee.pool2x2(row0.base, row1.base, y.base, pixels, channels)
    }

    /// Tiles of a band into Winograd's domain: [product][tile][pitch]; see `ck_winograd_input`.
    func winogradInput(
        _ band: FloatView, rowPitch: Int, pitch: Int, tiles: (y: Int, x: Int), output: Int, into v: FloatView
    ) {
        let count = tiles.y * tiles.x, side = output + 2
        precondition(((tiles.y - 1) * output + side - 1) * rowPitch + ((tiles.x - 1) * output + side) * pitch <= band.count)
        precondition(side * side * count * pitch <= v.count && pitch % lanes == 0 && (output == 2 || output == 4))
        var call = unsafe ck_winograd_input(
            output: Int32(output), x: band.base, row_pitch: rowPitch, pitch: pitch, tiles_y: tiles.y, tiles_x: tiles.x,
            channels: pitch, v: v.base, plane: count * pitch)
        unsafe tier.table.pointee.winograd_input(&call)
    }

    /// Products [product][tile][pitch] out of Winograd's domain into `rows` rows of an image; see `ck_winograd_output`.
    func winogradOutput(
        _ m: FloatView, tiles: (y: Int, x: Int), output: Int, into y: FloatView, rows: Int, width: Int, pitch: Int, bias: FloatView,
        residual: FloatView?, scale: Float
    ) {
        let count = tiles.y * tiles.x, side = output + 2
        precondition(rows > 0 && rows <= tiles.y * output && width <= tiles.x * output && pitch % lanes == 0)
        precondition(side * side * count * pitch <= m.count && rows * width * pitch <= y.count && pitch <= bias.count)
        if let residual { precondition(rows * width * pitch <= residual.count) }
        var call = unsafe ck_winograd_output(
            output: Int32(output), m: m.base, plane: count * pitch, tiles_y: tiles.y, tiles_x: tiles.x, channels: pitch,
            y: y.base, y_row: width * pitch, y_pitch: pitch, height: rows, width: width, bias: bias.base,
            residual: residual?.base, residual_row: width * pitch, residual_pitch: pitch, scale: scale)
        unsafe tier.table.pointee.winograd_output(&call)
    }
}
