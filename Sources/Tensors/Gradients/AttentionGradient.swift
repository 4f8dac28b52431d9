/// Attention backwards (Vaswani et al. 2017, equation 1): with P = softmax(Q K^T scale) and y = P V, for each head
///
///     dV = P^T dy    dP = dy V^T    dS = P (dP - the sum over keys of dP P) scale    dQ = dS K    dK = dS^T Q
///
/// P is computed again, some queries at a time: scores of all pairs are never held. A work item is one head of one
/// image, whose keys' and values' sums go over the queries in order.
struct AttentionGradient {
    let attention: Attention
    /// Q, K and V side by side, [batch, height, width, 3 * heads * headWidth].
    let projected: Activation

    /// Queries taken together.
    private static let block = 28

    private var tokens: Int { projected.height * projected.width }
    private var width: Int { attention.headWidth }
    /// Floats of a row of scores, and of one of a head's vectors.
    private var scorePitch: Int { padded(tokens) }
    private var vectorPitch: Int { padded(width) }

    /// - Parameter gradient: of the result, [batch, height, width, heads * headWidth].
    /// - Returns: the gradient of `projected`.
    func run(_ gradient: Activation, _ pass: Pass) -> Activation {
        let work = projected.batch.saturatingProduct(5, attention.inner, tokens, tokens)
        let label = "attention gradient \(attention.heads) x \(width), \(tokens) tokens"
        return pass.operation(label, multiplyAdds: work) {
            let result = pass.allocate(
                batch: projected.batch, height: projected.height, width: projected.width,
                channels: projected.channels)
            if !pass.isMeasuring, result.pitch > 3 * attention.inner { result.values.fill(0) }
            let panels = scorePitch * width, vectors = scorePitch * vectorPitch
            let floats = 2 * panels + 3 * vectors + Self.block * (2 * scorePitch + 3 * vectorPitch)
            pass.parallel(projected.batch * attention.heads, scratch: floats) { item, scratch in
                let head = Head(self, scratch, gradient: gradient, result: result, item: item)
                head.pack(pass.kernels)
                for row in stride(from: 0, to: tokens, by: Self.block) {
                    head.add(row..<min(row + Self.block, tokens), pass.kernels)
                }
                head.writeKeysAndValues()
            }
            return result
        }
    }

    /// One head of one image, in its thread's scratch.
    private struct Head {
        private let gradient: Activation, result: Activation
        private let projected: Activation
        private let tokens: Int, width: Int, inner: Int, start: Int, image: Int
        private let scale: Float
        private let scorePitch: Int, vectorPitch: Int
        /// K and V as the columns of a product, [channel][16 tokens] in panels; K as its rows.
        private let keys: FloatView, values: FloatView, keyRows: FloatView
        /// dK and dV, [token][vectorPitch].
        private let keySums: FloatView, valueSums: FloatView
        private let scores: FloatView, scoreGradients: FloatView
        /// Q, dy and dQ of a block of queries.
        private let queries: FloatView, answers: FloatView, queryGradients: FloatView

        init(_ owner: AttentionGradient, _ scratch: FloatView, gradient: Activation, result: Activation, item: Int) {
            (self.gradient, self.result, projected) = (gradient, result, owner.projected)
            (tokens, width, inner) = (owner.tokens, owner.width, owner.attention.inner)
            (image, start) = (item / owner.attention.heads, item % owner.attention.heads * owner.width)
            (scale, scorePitch, vectorPitch) = (owner.attention.scale, owner.scorePitch, owner.vectorPitch)
            let panels = scorePitch * width, vectors = scorePitch * vectorPitch, block = AttentionGradient.block
            var used = 0
            func take(_ count: Int) -> FloatView {
                defer { used += count }
                return scratch.slice(used, count)
            }
            (keys, values, keyRows) = (take(panels), take(panels), take(vectors))
            (keySums, valueSums) = (take(vectors), take(vectors))
            (scores, scoreGradients) = (take(block * scorePitch), take(block * scorePitch))
            (queries, answers) = (take(block * vectorPitch), take(block * vectorPitch))
            queryGradients = take(block * vectorPitch)
        }

        func pack(_ kernels: Kernels) {
            let source = projected.rows(image, from: 0), pitch = projected.pitch
            for first in stride(from: 0, to: tokens, by: lanes) {
                let count = min(lanes, tokens - first), pixels = source.from(first * pitch + start)
                kernels.keyPanel(
                    .init(
                        keys: pixels.from(inner), values: pixels.from(inner), stride: pitch, tokens: count,
                        channels: width, keyPanel: keys.from(first * width), valuePanels: keyRows.from(first * lanes),
                        valuePitch: tokens))
                // Only V's panels of columns are wanted; its rows go where the sums will be.
                kernels.keyPanel(
                    .init(
                        keys: pixels.from(2 * inner), values: pixels.from(2 * inner), stride: pitch, tokens: count,
                        channels: width, keyPanel: values.from(first * width),
                        valuePanels: valueSums.from(first * lanes), valuePitch: tokens))
            }
            keySums.fill(0)
            valueSums.fill(0)
        }

        /// What the queries of some tokens add.
        func add(_ rows: Range<Int>, _ kernels: Kernels) {
            copy(projected, start, rows, into: queries)
            copy(gradient, start, rows, into: answers)
            func product(_ a: FloatView, _ panels: FloatView, into c: FloatView) {
                kernels.matmul(
                    .init(
                        a: a, aStride: vectorPitch, b: panels, depth: width, rows: rows.count, columns: scorePitch,
                        c: c, cStride: scorePitch))
            }
            product(queries, keys, into: scores)
            kernels.softmax(scores, stride: scorePitch, rows: rows.count, count: tokens, scale: scale)
            product(answers, values, into: scoreGradients)
            func sum(_ a: FloatView, _ b: FloatView, into c: FloatView) {
                kernels.outer(
                    .init(
                        a: a, aStride: scorePitch, b: b, bStride: vectorPitch, depth: rows.count, rows: scorePitch,
                        columns: vectorPitch, c: c, cStride: vectorPitch, accumulates: true))
            }
            sum(scores, answers, into: valueSums)
            kernels.softmaxGradient(
                .init(
                    weights: scores, gradient: scoreGradients, stride: scorePitch, rows: rows.count, count: tokens,
                    scale: scale))
            sum(scoreGradients, queries, into: keySums)
            kernels.matmul(
                .init(
                    a: scoreGradients, aStride: scorePitch, b: keyRows, depth: tokens, rows: rows.count,
                    columns: vectorPitch, c: queryGradients, cStride: vectorPitch))
            for row in rows {
                result.rows(image, from: 0).slice(row * result.pitch + start, width)
                    .copy(from: queryGradients.slice((row - rows.lowerBound) * vectorPitch, width))
            }
        }

        private func copy(_ source: Activation, _ start: Int, _ rows: Range<Int>, into target: FloatView) {
            target.fill(0)
            for row in rows {
                target.slice((row - rows.lowerBound) * vectorPitch, width)
                    .copy(from: source.rows(image, from: 0).slice(row * source.pitch + start, width))
            }
        }

        func writeKeysAndValues() {
            for token in 0..<tokens {
                let pixel = result.rows(image, from: 0).slice(token * result.pitch, result.pitch)
                pixel.slice(inner + start, width).copy(from: keySums.slice(token * vectorPitch, width))
                pixel.slice(2 * inner + start, width).copy(from: valueSums.slice(token * vectorPitch, width))
            }
        }
    }
}
