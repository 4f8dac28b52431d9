extension Attention {
    /// Query rows that are scored at once: no more of the score matrix ever exists.
    private static let block = 28

    /// Wide heads: scores and answers are matrix products over packed keys and values.
    func attendByProducts(_ projected: Activation, _ tokens: Int, into result: Activation, _ compute: Compute) {
        let keyCount = padded(tokens) * headWidth, valueCount = padded(headWidth) * tokens
        let packed = compute.allocate(projected.batch * heads * (keyCount + valueCount))
        func keys(_ item: Int) -> FloatView { packed.slice(item * (keyCount + valueCount), keyCount) }
        func values(_ item: Int) -> FloatView { packed.slice(item * (keyCount + valueCount) + keyCount, valueCount) }

        let groups = padded(tokens) / lanes
        compute.parallel(projected.batch * heads * groups, scratch: 0) { item, _ in
            let owner = item / groups, start = owner % heads * headWidth
            let tokensHere = item % groups * lanes..<min(tokens, (item % groups + 1) * lanes)
            let image = projected.rows(owner / heads, from: 0)
            pack(image.from(inner + start), pitch: projected.pitch, tokensHere, keys: keys(owner))
            pack(image.from(2 * inner + start), pitch: projected.pitch, tokensHere, of: tokens, values: values(owner))
        }
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
        kernels.softmax(scores, stride: stride, rows: rows, count: tokens, scale: scale)
        kernels.matmul(.init(
            a: scores, aStride: stride, b: values, depth: tokens, rows: rows, columns: padded(headWidth),
            c: scratch.from(Self.block * stride), cStride: padded(headWidth)))
    }

    /// Keys of one panel of 16 tokens: [token / 16][channel][16], zero beyond the last token.
    private func pack(_ rows: FloatView, pitch: Int, _ tokens: Range<Int>, keys: FloatView) {
        let panel = keys.slice(tokens.lowerBound * headWidth, headWidth * lanes)
        if tokens.count < lanes { panel.fill(0) }
        rows.withSpan { rows in
            panel.withSpan { panel in
                for t in tokens {
                    for c in 0..<headWidth { panel[c * lanes + t - tokens.lowerBound] = rows[t * pitch + c] }
                }
            }
        }
    }

    /// Values of some tokens in panels of 16 channels: [channel / 16][token][16], zero beyond the last channel.
    private func pack(_ rows: FloatView, pitch: Int, _ tokens: Range<Int>, of count: Int, values: FloatView) {
        for t in tokens {
            for c in stride(from: 0, to: headWidth, by: lanes) {
                let width = min(lanes, headWidth - c), target = values.slice(c * count + t * lanes, lanes)
                if width < lanes { target.fill(0) }
                target.slice(0, width).copy(from: rows.slice(t * pitch + c, width))
            }
        }
    }
}
