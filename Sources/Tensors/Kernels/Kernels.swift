import CKernels

/// The activation that follows a norm (diffusers' `act_fn`).
public enum ActivationFunction: Sendable {
    case identity, silu, mish, gelu, relu, relu6

    var code: ck_activation {
        switch self {
        case .identity: CK_IDENTITY
        case .silu: CK_SILU
        case .mish: CK_MISH
        case .gelu: CK_GELU
        case .relu: CK_RELU
        case .relu6: CK_RELU6
        }
    }
}

/// The C kernels of one tier behind bounds checks: each call states what it will touch, then makes one C call.
struct Kernels: Sendable {
    let tier: KernelTier

    /// Panels of 16 columns that a product takes together.
    var panels: Int { unsafe tier.table.pointee.panels }

    /// C[m] = (sum over segments and depth of A[m] B + bias + residual[m]) scale; see `ck_matmul`.
    struct MatrixProduct {
        var a: FloatView, aStride: Int, aSegment = 0
        var b: FloatView, segments = 1, depth: Int
        var rows: Int, columns: Int
        var c: FloatView, cStride: Int
        var bias: FloatView?
        var residual: FloatView?, residualStride = 0
        var scale: Float = 1
        /// Whether the sums go on from `c`.
        var accumulates = false
        /// What will be read after `b`: it is brought near meanwhile.
        var next: FloatView?
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
            residual: p.residual?.base, residual_stride: p.residualStride, scale: p.scale,
            accumulates: p.accumulates ? 1 : 0, next: p.next?.base, next_count: p.next?.count ?? 0)
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

    /// Mean and sum of squared deviations of `channels` channels over `pixels` adjacent pixels, `pitch` floats apart;
    /// `into` holds the means and, `pitch` floats later, the sums.
    func moments(_ x: FloatView, pixels: Int, channels: Int, pitch: Int, into: FloatView) {
        precondition(pixels > 0 && channels % lanes == 0)
        precondition(x.count >= (pixels - 1) * pitch + channels && into.count >= pitch + channels)
        unsafe tier.table.pointee.moments(x.base, pitch, pixels, channels, into.base, into.base + pitch)
    }

    /// The norm of one image's sources; see `ck_group_norm`.
    struct GroupNormalisation {
        var first: NormSource, second: NormSource?
        var rows: Int, pixels: Int, groups: Int, epsilon: Float
        var weight: FloatView, bias: FloatView, modulation: FloatView?
        var scale: FloatView, shift: FloatView, scratch: FloatView
    }

    /// Row moments of one image and how many of its channels count.
    struct NormSource {
        var moments: FloatView, channels: Int, pitch: Int

        func check(rows: Int) {
            precondition(moments.count >= rows * 2 * pitch && channels <= pitch && pitch % lanes == 0)
        }
    }

    func groupNorm(_ p: GroupNormalisation) {
        let channels = p.first.channels + (p.second?.channels ?? 0), pitch = p.first.pitch + (p.second?.pitch ?? 0)
        p.first.check(rows: p.rows)
        p.second?.check(rows: p.rows)
        precondition(p.rows > 0 && p.pixels > 0 && p.groups > 0 && channels % p.groups == 0)
        precondition(min(p.weight.count, p.bias.count) >= channels && (p.modulation?.count ?? .max) >= 2 * channels)
        precondition(min(p.scale.count, p.shift.count) >= pitch && p.scratch.count >= 6 * pitch)
        var call = unsafe ck_group_norm(
            moments: (UnsafePointer(p.first.moments.base), p.second.map { unsafe UnsafePointer($0.moments.base) }),
            channels: (p.first.channels, p.second?.channels ?? 0), pitch: (p.first.pitch, p.second?.pitch ?? 0),
            rows: p.rows, pixels: p.pixels, groups: p.groups, epsilon: p.epsilon, weight: p.weight.base,
            bias: p.bias.base, modulation: p.modulation?.base, scale: p.scale.base, shift: p.shift.base,
            scratch: p.scratch.base)
        unsafe tier.table.pointee.group_norm(&call)
    }

    /// y = (a + b) scale.
    func add(_ a: FloatView, _ b: FloatView, into y: FloatView, scale: Float) {
        precondition(a.count == y.count && b.count == y.count && y.count % lanes == 0)
        unsafe tier.table.pointee.add(a.base, b.base, y.base, y.count, scale)
    }

    /// Means of 2x2 blocks of two adjacent rows of 2 * `pixels` pixels.
    func pool2x2(_ row0: FloatView, _ row1: FloatView, into y: FloatView, pixels: Int, channels: Int) {
        precondition(channels % lanes == 0)
        precondition(min(row0.count, row1.count) >= 2 * pixels * channels && y.count >= pixels * channels)
        unsafe tier.table.pointee.pool2x2(row0.base, row1.base, y.base, pixels, channels)
    }
}
