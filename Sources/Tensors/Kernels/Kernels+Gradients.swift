import CKernels

/// What gradients are made of.
extension Kernels {
    /// C[m][n] = the sum over segments and depth of A[k][m] B[k][n], added to C where asked; see `ck_outer`.
    struct OuterProduct {
        var a: FloatView, aStride: Int, aSegment = 0
        var b: FloatView, bStride: Int, bSegment = 0
        var segments = 1, depth: Int
        var rows: Int, columns: Int
        var c: FloatView, cStride: Int
        var accumulates = false
    }

    func outer(_ p: OuterProduct) {
        precondition(p.rows % lanes == 0 && p.columns % lanes == 0 && p.depth > 0 && p.segments > 0)
        precondition((p.segments - 1) * p.aSegment + (p.depth - 1) * p.aStride + p.rows <= p.a.count)
        precondition((p.segments - 1) * p.bSegment + (p.depth - 1) * p.bStride + p.columns <= p.b.count)
        precondition((p.rows - 1) * p.cStride + p.columns <= p.c.count)
        var call = unsafe ck_outer(
            a: p.a.base, a_stride: p.aStride, a_segment: p.aSegment, b: p.b.base, b_stride: p.bStride,
            b_segment: p.bSegment, segments: p.segments, depth: p.depth, rows: p.rows, columns: p.columns,
            c: p.c.base, c_stride: p.cStride, accumulates: p.accumulates ? 1 : 0)
        unsafe tier.table.pointee.outer(&call)
    }

    /// Gradients through act(x scale + shift), in place, with their sums; see `ck_affine_gradient`.
    struct AffineGradient {
        var x: FloatView, xStride: Int
        var g: FloatView, gStride: Int
        var pixels: Int, channels: Int
        var scale: FloatView?, shift: FloatView?
        var activation: ActivationFunction
        /// The sums of g and, `sumsStride` floats later, of g x.
        var sums: FloatView?, sumsStride = 0
    }

    func affineGradient(_ p: AffineGradient) {
        precondition(p.pixels > 0 && p.channels % lanes == 0)
        precondition((p.pixels - 1) * p.xStride + p.channels <= p.x.count)
        precondition((p.pixels - 1) * p.gStride + p.channels <= p.g.count)
        precondition((p.scale?.count ?? .max) >= p.channels && (p.shift?.count ?? .max) >= p.channels)
        if let sums = p.sums { precondition(sums.count >= p.sumsStride + p.channels) }
        var call = unsafe ck_affine_gradient(
            x: p.x.base, x_stride: p.xStride, g: p.g.base, g_stride: p.gStride, pixels: p.pixels,
            channels: p.channels, scale: p.scale?.base, shift: p.shift?.base, activation: p.activation.code,
            sums: p.sums?.base, sums_stride: p.sumsStride)
        unsafe tier.table.pointee.affine_gradient(&call)
    }

    /// y = g scale + x factor + offset, added to y where asked; see `ck_norm_gradient`.
    struct NormGradientRow {
        var g: FloatView, gStride: Int
        var x: FloatView, xStride: Int
        var y: FloatView, yStride: Int
        var pixels: Int, channels: Int
        var scale: FloatView, factor: FloatView, offset: FloatView
        var accumulates: Bool
    }

    func normGradient(_ p: NormGradientRow) {
        precondition(p.pixels > 0 && p.channels % lanes == 0)
        for (view, stride) in [(p.g, p.gStride), (p.x, p.xStride), (p.y, p.yStride)] {
            precondition((p.pixels - 1) * stride + p.channels <= view.count)
        }
        precondition(min(p.scale.count, p.factor.count, p.offset.count) >= p.channels)
        var call = unsafe ck_norm_gradient(
            g: p.g.base, g_stride: p.gStride, x: p.x.base, x_stride: p.xStride, y: p.y.base, y_stride: p.yStride,
            pixels: p.pixels, channels: p.channels, scale: p.scale.base, factor: p.factor.base,
            offset: p.offset.base, accumulates: p.accumulates ? 1 : 0)
        unsafe tier.table.pointee.norm_gradient(&call)
    }

    /// A norm's gradients of one image; see `ck_group_norm_gradient`.
    struct GroupNormalisationGradient {
        var first: NormSource, second: NormSource?
        var rows: Int, pixels: Int, groups: Int, epsilon: Float
        var weight: FloatView, bias: FloatView, modulation: FloatView?
        /// [sumRows][2][pitch].
        var sums: FloatView, sumRows: Int
        var weightGradient: FloatView, biasGradient: FloatView, modulationGradient: FloatView?
        var factor: FloatView, offset: FloatView, scratch: FloatView
    }

    func groupNormGradient(_ p: GroupNormalisationGradient) {
        let channels = p.first.channels + (p.second?.channels ?? 0), pitch = p.first.pitch + (p.second?.pitch ?? 0)
        p.first.check(rows: p.rows)
        p.second?.check(rows: p.rows)
        precondition(p.rows > 0 && p.pixels > 0 && p.groups > 0 && channels % p.groups == 0)
        precondition(min(p.weight.count, p.bias.count) >= channels && (p.modulation?.count ?? .max) >= 2 * channels)
        precondition((p.modulationGradient?.count ?? 0) >= (p.modulation == nil ? 0 : 2 * channels))
        precondition(min(p.weightGradient.count, p.biasGradient.count) >= channels)
        precondition(p.sums.count >= p.sumRows * 2 * pitch && p.scratch.count >= 10 * pitch)
        precondition(min(p.factor.count, p.offset.count) >= pitch)
        var call = unsafe ck_group_norm_gradient(
            moments: (UnsafePointer(p.first.moments.base), p.second.map { unsafe UnsafePointer($0.moments.base) }),
            channels: (p.first.channels, p.second?.channels ?? 0), pitch: (p.first.pitch, p.second?.pitch ?? 0),
            rows: p.rows, pixels: p.pixels, groups: p.groups, epsilon: p.epsilon, weight: p.weight.base,
            bias: p.bias.base, modulation: p.modulation?.base, sums: p.sums.base, sum_rows: p.sumRows,
            weight_gradient: p.weightGradient.base, bias_gradient: p.biasGradient.base,
            modulation_gradient: p.modulationGradient?.base, factor: p.factor.base, offset: p.offset.base,
            scratch: p.scratch.base)
        unsafe tier.table.pointee.group_norm_gradient(&call)
    }

    /// Sums of each channel over the pixels of some rows.
    struct ChannelSums {
        var x: FloatView, stride: Int
        var pixels: Int, rowPitch: Int, rows: Int
        var channels: Int
        var sums: FloatView
    }

    func sums(_ p: ChannelSums) {
        precondition(p.rows > 0 && p.pixels > 0 && p.channels % lanes == 0 && p.sums.count >= p.channels)
        precondition((p.rows - 1) * p.rowPitch + (p.pixels - 1) * p.stride + p.channels <= p.x.count)
        unsafe tier.table.pointee.sums(p.x.base, p.stride, p.pixels, p.rowPitch, p.rows, p.channels, p.sums.base)
    }

    /// Softmax backwards, of `rows` rows of `count` entries, `stride` floats apart.
    struct SoftmaxGradient {
        var weights: FloatView
        /// The gradient of the weights; in its place comes that of what softmax was taken of.
        var gradient: FloatView
        var stride: Int, rows: Int, count: Int
        var scale: Float
    }

    /// dx = p (dp - the sum of dp p) scale.
    func softmaxGradient(_ p: SoftmaxGradient) {
        precondition(p.rows * p.stride <= min(p.weights.count, p.gradient.count))
        precondition(padded(p.count) <= p.stride && p.count > 0)
        unsafe tier.table.pointee.softmax_gradient(
            p.weights.base, p.gradient.base, p.stride, p.rows, p.count, p.scale)
    }

    /// Dropout of elements from `first` on, a multiple of 128, of one image; see `ck_dropout`.
    struct DropoutRun {
        var x: FloatView, y: FloatView
        var first: Int
        var key: UInt64, site: Int
        var rate: Double
    }

    func dropout(_ p: DropoutRun) {
        precondition(p.x.count == p.y.count && p.x.count % lanes == 0 && p.first % 128 == 0)
        let threshold = (p.rate * 65_536).rounded()
        var call = unsafe ck_dropout(
            x: p.x.base, y: p.y.base, first: p.first, count: p.x.count,
            key: (UInt32(truncatingIfNeeded: p.key), UInt32(truncatingIfNeeded: p.key >> 32)),
            site: UInt32(truncatingIfNeeded: p.site), threshold: UInt32(threshold),
            scale: Float(1 / (1 - threshold / 65_536)))
        unsafe tier.table.pointee.dropout(&call)
    }
}
