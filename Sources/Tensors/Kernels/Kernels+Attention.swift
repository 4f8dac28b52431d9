import CKernels

/// Softmax and what attention of narrow and of wide heads is made of.
extension Kernels {
    /// Softmax of `rows` rows of `count` entries times `scale`, in place; rows advance by `stride`.
    func softmax(_ x: FloatView, stride: Int, rows: Int, count: Int, scale: Float) {
        precondition(rows * stride <= x.count && padded(count) <= stride && count > 0)
        unsafe tier.table.pointee.softmax(x.base, stride, rows, count, scale)
    }

    /// One narrow head's attention; see `ck_attention`.
    struct HeadAttention {
        var q: FloatView, k: FloatView, v: FloatView, stride: Int
        var rows: Int, tokens: Int, width: Int, scale: Float
        var y: FloatView, yStride: Int
        var scratch: FloatView
        /// Where the softmax of each query is noted, if it is wanted.
        var tops: FloatView?, totals: FloatView?
    }

    func attention(_ p: HeadAttention) {
        precondition(p.rows > 0 && p.tokens > 0 && (p.width == 8 || p.width == 16))
        precondition((p.rows - 1) * p.stride + p.width <= p.q.count && (p.rows - 1) * p.yStride + p.width <= p.y.count)
        precondition((p.tokens - 1) * p.stride + p.width <= min(p.k.count, p.v.count))
        precondition(p.scratch.count >= 2 * p.tokens * p.width)
        if let tops = p.tops, let totals = p.totals { precondition(min(tops.count, totals.count) >= padded(p.rows)) }
        var call = unsafe ck_attention(
            q: p.q.base, k: p.k.base, v: p.v.base, stride: p.stride, rows: p.rows, tokens: p.tokens, width: p.width,
            scale: p.scale, y: p.y.base, y_stride: p.yStride, scratch: p.scratch.base,
            tops: p.tops?.base, totals: p.totals?.base)
        unsafe tier.table.pointee.attention(&call)
    }

    /// One narrow head's attention backwards; see `ck_attention_gradient`.
    struct HeadAttentionGradient {
        var q: FloatView, k: FloatView, v: FloatView, stride: Int
        var y: FloatView, dy: FloatView, yStride: Int
        var tops: FloatView, totals: FloatView
        var tokens: Int, width: Int, scale: Float
        var dq: FloatView, dk: FloatView, dv: FloatView, dStride: Int
        var scratch: FloatView
    }

    func attentionGradient(_ p: HeadAttentionGradient) {
        precondition(p.tokens > 0 && (p.width == 8 || p.width == 16))
        precondition((p.tokens - 1) * p.stride + p.width <= min(p.q.count, p.k.count, p.v.count))
        precondition((p.tokens - 1) * p.yStride + p.width <= min(p.y.count, p.dy.count))
        precondition((p.tokens - 1) * p.dStride + p.width <= min(p.dq.count, p.dk.count, p.dv.count))
        precondition(min(p.tops.count, p.totals.count) >= padded(p.tokens))
        precondition(p.scratch.count >= 4 * p.tokens * p.width)
        var call = unsafe ck_attention_gradient(
            q: p.q.base, k: p.k.base, v: p.v.base, stride: p.stride, y: p.y.base, dy: p.dy.base, y_stride: p.yStride,
            tops: p.tops.base, totals: p.totals.base, tokens: p.tokens, width: p.width, scale: p.scale, dq: p.dq.base,
            dk: p.dk.base, dv: p.dv.base, d_stride: p.dStride, scratch: p.scratch.base)
        unsafe tier.table.pointee.attention_gradient(&call)
    }

    /// Keys and values of up to 16 tokens in panels; see `ck_key_panel`.
    struct KeyPanel {
        var keys: FloatView, values: FloatView, stride: Int
        var tokens: Int, channels: Int
        var keyPanel: FloatView, valuePanels: FloatView, valuePitch: Int
    }

    func keyPanel(_ p: KeyPanel) {
        precondition(p.tokens > 0 && p.tokens <= lanes && p.channels > 0)
        let floats = (p.tokens - 1) * p.stride + p.channels, last = (p.channels - 1) / lanes
        precondition(floats <= p.keys.count && floats <= p.values.count && p.channels * lanes <= p.keyPanel.count)
        precondition((last * p.valuePitch + p.tokens) * lanes <= p.valuePanels.count)
        var call = unsafe ck_key_panel(
            keys: p.keys.base, values: p.values.base, stride: p.stride, tokens: p.tokens, channels: p.channels,
            key_panel: p.keyPanel.base, value_panels: p.valuePanels.base, value_pitch: p.valuePitch)
        unsafe tier.table.pointee.key_panel(&call)
    }
}
