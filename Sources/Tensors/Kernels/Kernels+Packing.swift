import CKernels

/// How weights come into panels.
extension Kernels {
    /// y[i][j][lane] = x[lane][i][j]; see `ck_pack`. Where j runs backwards, x begins with the last.
    struct Packing {
        var x: FloatView, lanes: Int, xLane: Int
        /// Floats from an i to the next, and from a j to the next.
        var outer: Int, xOuter: Int, yOuter: Int
        var inner: Int, yInner: Int
        var isReversed = false
        var y: FloatView
    }

    func pack(_ p: Packing) {
        precondition(p.lanes > 0 && p.lanes <= CK_LANES && p.outer > 0 && p.inner > 0)
        precondition((p.lanes - 1) * p.xLane + (p.outer - 1) * p.xOuter + p.inner <= p.x.count)
        precondition((p.outer - 1) * p.yOuter + (p.inner - 1) * p.yInner + p.lanes <= p.y.count)
        var call = unsafe ck_pack(
            x: p.x.base + (p.isReversed ? p.inner - 1 : 0), x_lane: p.xLane, x_outer: p.xOuter,
            x_inner: p.isReversed ? -1 : 1, lanes: p.lanes, outer: p.outer, inner: p.inner, y: p.y.base,
            y_outer: p.yOuter, y_inner: p.yInner)
        unsafe tier.table.pointee.pack(&call)
    }
}
