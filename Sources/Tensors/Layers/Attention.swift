/// Multi-head self-attention over the pixels of an image: softmax(Q K^T / sqrt(headWidth)) V (Vaswani et al. 2017,
/// equation 1), in float32.
public struct Attention: Sendable {
    public let heads: Int, headWidth: Int

    public init(heads: Int, headWidth: Int) { (self.heads, self.headWidth) = (heads, headWidth) }

    var inner: Int { heads * headWidth }
    var scale: Float { Float(1 / Double(headWidth).squareRoot()) }

    /// Whether one activation may be given as keys and values both: to one head whose width is neither 8 nor 16.
    public var sharesKeysAndValues: Bool { heads == 1 && !isNarrow }

    /// Tokens whose pairs with as many a narrow head scores in some ten milliseconds.
    private static let manyTokens = 4096

    private var isNarrow: Bool { headWidth == 8 || headWidth == 16 }

    /// Queries, from the first channel of their activation on, and where keys and values begin in theirs.
    struct Projections {
        let queries: Activation, keysAndValues: Activation
        let firstKey: Int, firstValue: Int
    }

    /// - Parameter projected: Q, K and V side by side on channels, [batch, height, width, 3 * heads * headWidth].
    /// - Returns: [batch, height, width, heads * headWidth].
    public func callAsFunction(_ projected: Activation, _ pass: Pass) -> Activation {
        let projections = Projections(
            queries: projected, keysAndValues: projected, firstKey: inner, firstValue: 2 * inner)
        let softmax = pass.isRecording && isNarrow ? SoftmaxNotes(self, projected, pass) : nil
        let result = attend(projections, softmax, pass)
        pass.record(result) { gradient in
            let ofProjected =
                if let softmax {
                    NarrowAttentionGradient(attention: self, projected: projected, result: result, softmax: softmax)
                        .run(gradient, pass)
                } else {
                    AttentionGradient(attention: self, projected: projected).run(gradient, pass)
                }
            pass.release(gradient)
            pass.addGradient(ofProjected, to: projected)
        }
        return result
    }

    /// Attention whose keys are its values; only where `sharesKeysAndValues`.
    /// - Parameter queries, keysAndValues: [batch, height, width, headWidth].
    /// - Returns: [batch, height, width, headWidth].
    public func callAsFunction(queries: Activation, keysAndValues: Activation, _ pass: Pass) -> Activation {
        precondition(sharesKeysAndValues, "one wide head may share keys and values, not \(heads) x \(headWidth)")
        return attend(.init(queries: queries, keysAndValues: keysAndValues, firstKey: 0, firstValue: 0), nil, pass)
    }

    private func attend(_ projections: Projections, _ softmax: SoftmaxNotes?, _ pass: Pass) -> Activation {
        let projected = projections.queries, tokens = projected.height * projected.width
        let work = projected.batch.saturatingProduct(2, inner, tokens, tokens)
        return pass.operation("attention \(heads) x \(headWidth), \(tokens) tokens", multiplyAdds: work) {
            let result = pass.allocate(
                batch: projected.batch, height: projected.height, width: projected.width, channels: inner)
            if !pass.isMeasuring, result.pitch > inner { result.values.fill(0) }  // lanes beyond the channels stay zero
            if isNarrow {
                attendNarrowly(projected, softmax, into: result, pass)
            } else {
                AttentionProducts(self, projections, into: result, pass).run(pass)
            }
            return result
        }
    }

    /// A work item is some queries of one head; the kernel holds them in its lanes.
    private func attendNarrowly(
        _ projected: Activation, _ softmax: SoftmaxNotes?, into result: Activation, _ pass: Pass
    ) {
        let tokens = projected.height * projected.width
        // Enough items that no thread waits long for another; each packs the head's keys again, which costs as much as
        // a few queries. Of very many tokens there are more, so that an evaluation can be left between them.
        let many = tokens / Self.manyTokens
        let shares = max((8 * pass.threads + projected.batch * heads - 1) / (projected.batch * heads), many * many)
        let parts = max(1, min(tokens / lanes, shares))
        let rows = ((tokens + parts - 1) / parts + lanes - 1) / lanes * lanes, blocks = (tokens + rows - 1) / rows
        pass.parallel(projected.batch * heads * blocks, scratch: 2 * tokens * headWidth) { item, scratch in
            let image = item / blocks / heads, start = item / blocks % heads * headWidth, row = item % blocks * rows
            let source = projected.rows(image, from: 0), notes = softmax?[item / blocks]
            pass.kernels.attention(
                .init(
                    q: source.from(row * projected.pitch + start), k: source.from(inner + start),
                    v: source.from(2 * inner + start), stride: projected.pitch, rows: min(rows, tokens - row),
                    tokens: tokens, width: headWidth, scale: scale,
                    y: result.rows(image, from: 0).from(row * result.pitch + start), yStride: result.pitch,
                    scratch: scratch, tops: notes?.tops.from(row), totals: notes?.totals.from(row)))
        }
    }
}
