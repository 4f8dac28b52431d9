/// Multi-head self-attention over the pixels of an image: softmax(Q K^T / sqrt(headWidth)) V (Vaswani et al. 2017,
/// equation 1), in float32.
public struct Attention: Sendable {
    public let heads: Int, headWidth: Int

    public init(heads: Int, headWidth: Int) { (self.heads, self.headWidth) = (heads, headWidth) }

    /// Query rows that are scored at once: no more of the score matrix ever exists.
    private static let block = 28

    /// - Parameter projected: Q, K and V side by side on channels, [batch, height, width, 3 * heads * headWidth].
    /// - Returns: [batch, height, width, heads * headWidth].
    public func callAsFunction(_ projected: Activation, _ compute: Compute) -> Activation {
        let inner = heads * headWidth, tokens = projected.height * projected.width
        let result = compute.allocate(
            batch: projected.batch, height: projected.height, width: projected.width, channels: inner)
        let keyCount = padded(tokens) * headWidth, valueCount = padded(headWidth) * tokens
        let packed = compute.allocate(projected.batch * heads * (keyCount + valueCount))
        func keys(_ item: Int) -> FloatView { packed.slice(item * (keyCount + valueCount), keyCount) }
        func values(_ item: Int) -> FloatView { packed.slice(item * (keyCount + valueCount) + keyCount, valueCount) }

        if !compute.isMeasuring, result.pitch > inner { result.values.fill(0) }  // lanes beyond the channels stay zero
        compute.parallel(projected.batch * heads, scratch: 0) { item, _ in
            let image = projected.rows(item / heads, from: 0), start = item % heads * headWidth
            pack(image.from(inner + start), pitch: projected.pitch, tokens, keys: keys(item))
            pack(image.from(2 * inner + start), pitch: projected.pitch, tokens, values: values(item))
        }
        if compute.isMeasuring { compute.book(multiplyAdds: 2 * projected.batch * inner * tokens * tokens) }
        let blocks = (tokens + Self.block - 1) / Self.block
        let scores = Self.block * padded(tokens), answers = Self.block * padded(headWidth)
        compute.parallel(projected.batch * heads * blocks, scratch: scores + answers) { item, scratch in
            let owner = item / blocks, row = item % blocks * Self.block
            let image = owner / heads, start = owner % heads * headWidth
            let query = projected.rows(image, from: 0).from(row * projected.pitch + start)
            attend(
                query, pitch: projected.pitch, rows: min(Self.block, tokens - row), tokens, keys(owner), values(owner),
                scratch, compute.kernels)
            let answer = scratch.slice(scores, answers), target = result.rows(image, from: 0)
            for r in 0..<min(Self.block, tokens - row) {
                target.slice((row + r) * result.pitch + start, headWidth)
                    .copy(from: answer.slice(r * padded(headWidth), headWidth))
            }
        }
        compute.release(packed)
        return result
    }

    /// Scores of `rows` queries against all keys, softmax, weighted sum of the values; the answer follows the scores in `scratch`.
    private func attend(
        _ query: FloatView, pitch: Int, rows: Int, _ tokens: Int, _ keys: FloatView, _ values: FloatView,
        _ scratch: FloatView, _ kernels: Kernels
    ) {
        let stride = padded(tokens)
        let scores = scratch.slice(0, Self.block * stride)
        kernels.matmul(.init(
            a: query, aStride: pitch, b: keys, depth: headWidth, rows: rows, columns: stride, c: scores, cStride: stride))
        kernels.softmax(
            scores, stride: stride, rows: rows, count: tokens, scale: Float(1 / Double(headWidth).squareRoot()))
        kernels.matmul(.init(
            a: scores, aStride: stride, b: values, depth: tokens, rows: rows, columns: padded(headWidth),
            c: scratch.from(Self.block * stride), cStride: padded(headWidth)))
    }

    /// Keys as panels of 16 tokens: [token / 16][channel][16].
    private func pack(_ rows: FloatView, pitch: Int, _ tokens: Int, keys: FloatView) {
        rows.withSpan { rows in
            keys.withSpan { keys in
                for t in 0..<padded(tokens) {
                    let panel = t / lanes * headWidth * lanes + t % lanes
                    for c in 0..<headWidth { keys[panel + c * lanes] = t < tokens ? rows[t * pitch + c] : 0 }
                }
            }
        }
    }

    /// Values as panels of 16 channels: [channel / 16][token][16].
    private func pack(_ rows: FloatView, pitch: Int, _ tokens: Int, values: FloatView) {
        rows.withSpan { rows in
            values.withSpan { values in
                for c in 0..<padded(headWidth) {
                    let panel = c / lanes * tokens * lanes + c % lanes
                    for t in 0..<tokens { values[panel + t * lanes] = c < headWidth ? rows[t * pitch + c] : 0 }
                }
            }
        }
    }
}
