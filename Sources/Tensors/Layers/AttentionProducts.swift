extension Attention {
    /// Query rows that are scored at once, at most: no more of the score matrix ever exists.
    private static let block = 28

    /// Wide heads: scores and answers are matrix products over packed keys and values.
    func attendByProducts(_ projections: Projections, _ tokens: Int, into result: Activation, _ pass: Pass) {
        let projected = projections.queries, source = projections.keysAndValues
        let keyCount = padded(tokens) * headWidth, valueCount = padded(headWidth) * tokens
        let packed = pass.allocate(projected.batch * heads * (keyCount + valueCount))
        func keys(_ item: Int) -> FloatView { packed.slice(item * (keyCount + valueCount), keyCount) }
        func values(_ item: Int) -> FloatView { packed.slice(item * (keyCount + valueCount) + keyCount, valueCount) }

        let groups = padded(tokens) / lanes
        pass.parallel(projected.batch * heads * groups, scratch: 0) { item, _ in
            let owner = item / groups, start = owner % heads * headWidth
            let tokensHere = item % groups * lanes..<min(tokens, (item % groups + 1) * lanes)
            let first = source.rows(owner / heads, from: 0).from(tokensHere.lowerBound * source.pitch + start)
            pass.kernels.keyPanel(.init(
                keys: first.from(projections.firstKey), values: first.from(projections.firstValue), stride: source.pitch, tokens: tokensHere.count,
                channels: headWidth, keyPanel: keys(owner).from(tokensHere.lowerBound * headWidth),
                valuePanels: values(owner).from(tokensHere.lowerBound * lanes), valuePitch: tokens))
        }
        let blocks = (tokens + Self.block - 1) / Self.block
        let scores = Self.block * padded(tokens), answers = Self.block * padded(headWidth)
        pass.parallel(projected.batch * heads * blocks, scratch: scores + answers) { item, scratch in
            let owner = item / blocks, block = item % blocks
            let row = tokens * block / blocks, rows = tokens * (block + 1) / blocks - row  // evenly, so that no thread has the short one
            let image = owner / heads, start = owner % heads * headWidth
            let query = projected.rows(image, from: 0).from(row * projected.pitch + start)
            let target = result.rows(image, from: 0).from(row * result.pitch + start)
            let isWhole = headWidth % lanes == 0  // of panels: the products write nothing beside the head
            let answer = isWhole ? target : scratch.slice(scores, answers), pitch = isWhole ? result.pitch : padded(headWidth)
            attend(
                query, pitch: projected.pitch, rows: rows, tokens, keys(owner), values(owner), scores: scratch.slice(0, scores),
                into: answer, pitch: pitch, pass.kernels)
            if !isWhole {
                for r in 0..<rows { target.slice(r * result.pitch, headWidth).copy(from: answer.slice(r * pitch, headWidth)) }
            }
        }
        pass.release(packed)
    }

    /// Scores of `rows` queries against all keys, softmax, weighted sum of the values.
    private func attend(
        _ query: FloatView, pitch: Int, rows: Int, _ tokens: Int, _ keys: FloatView, _ values: FloatView, scores: FloatView,
        into answer: FloatView, pitch answerPitch: Int, _ kernels: Kernels
    ) {
        let stride = padded(tokens)
        kernels.matmul(.init(
            a: query, aStride: pitch, b: keys, depth: headWidth, rows: rows, columns: stride, c: scores, cStride: stride))
        kernels.softmax(scores, stride: stride, rows: rows, count: tokens, scale: scale)
        kernels.matmul(.init(
            a: scores, aStride: stride, b: values, depth: tokens, rows: rows, columns: padded(headWidth), c: answer,
            cStride: answerPitch))
    }
}
