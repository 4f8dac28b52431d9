/// What the softmax of each query of narrow heads came to, for the backward pass: the number that was taken from its
/// scores, and the sum of its weights then.
struct SoftmaxNotes {
    private let values: Activation
    private let pitch: Int

    /// Takes memory of the pass, which is given back when it is rewound.
    init(_ attention: Attention, _ projected: Activation, _ pass: Pass) {
        pitch = padded(projected.height * projected.width)
        values = pass.allocate(
            batch: projected.batch, height: attention.heads, width: 2, channels: projected.height * projected.width)
        pass.record(leaf: values)
    }

    /// Those of a head, counted image by image.
    subscript(head: Int) -> (tops: FloatView, totals: FloatView) {
        (values.values.slice(head * 2 * pitch, pitch), values.values.slice((head * 2 + 1) * pitch, pitch))
    }
}

/// Attention of heads of 8 or 16 channels backwards, see `AttentionGradient`; scores are held of some keys by 16
/// queries only. A work item is one head of one image, whose keys' and values' sums go over the queries in order.
struct NarrowAttentionGradient {
    let attention: Attention
    /// Q, K and V side by side, [batch, height, width, 3 * heads * headWidth].
    let projected: Activation
    /// What came of them, [batch, height, width, heads * headWidth].
    let result: Activation
    let softmax: SoftmaxNotes

    /// - Parameter gradient: of the result, as large.
    /// - Returns: the gradient of `projected`.
    func run(_ gradient: Activation, _ pass: Pass) -> Activation {
        let tokens = projected.height * projected.width, width = attention.headWidth, inner = attention.inner
        let work = projected.batch.saturatingProduct(5, inner, tokens, tokens)
        let label = "attention gradient \(attention.heads) x \(width), \(tokens) tokens"
        return pass.operation(label, multiplyAdds: work) {
            let answer = pass.allocate(
                batch: projected.batch, height: projected.height, width: projected.width,
                channels: projected.channels)
            if !pass.isMeasuring, answer.pitch > 3 * inner { answer.values.fill(0) }
            pass.parallel(projected.batch * attention.heads, scratch: 4 * padded(tokens) * width) { item, scratch in
                let image = item / attention.heads, start = item % attention.heads * width, notes = softmax[item]
                let source = projected.rows(image, from: 0), target = answer.rows(image, from: 0)
                pass.kernels.attentionGradient(
                    .init(
                        q: source.from(start), k: source.from(inner + start), v: source.from(2 * inner + start),
                        stride: projected.pitch, y: result.rows(image, from: 0).from(start),
                        dy: gradient.rows(image, from: 0).from(start), yStride: result.pitch, tops: notes.tops,
                        totals: notes.totals, tokens: tokens, width: width, scale: attention.scale,
                        dq: target.from(start), dk: target.from(inner + start), dv: target.from(2 * inner + start),
                        dStride: answer.pitch, scratch: scratch))
            }
            return answer
        }
    }
}
