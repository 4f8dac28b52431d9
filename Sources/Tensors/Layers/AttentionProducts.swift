/// Attention of wide heads: scores and answers are matrix products over packed keys and values.
struct AttentionProducts {
    private let attention: Attention
    private let projections: Attention.Projections
    private let result: Activation
    private let tokens: Int
    /// Keys and values in panels, head by head, for as long as the attention runs.
    private let packed: FloatView
    /// Floats of one head's keys and values.
    private let keyCount: Int, valueCount: Int

    /// Query rows that are scored at once, at most: no more of the score matrix ever exists.
    private static let block = 28

    init(_ attention: Attention, _ projections: Attention.Projections, into result: Activation, _ pass: Pass) {
        (self.attention, self.projections, self.result) = (attention, projections, result)
        tokens = result.height * result.width
        (keyCount, valueCount) = (padded(tokens) * attention.headWidth, padded(attention.headWidth) * tokens)
        packed = pass.allocate(result.batch * attention.heads * (keyCount + valueCount))
    }

    func run(_ pass: Pass) {
        pack(pass)
        attend(pass)
        pass.release(packed)
    }

    /// Heads of all images.
    private var owners: Int { result.batch * attention.heads }

    private func keys(_ owner: Int) -> FloatView { packed.slice(owner * (keyCount + valueCount), keyCount) }

    private func values(_ owner: Int) -> FloatView {
        packed.slice(owner * (keyCount + valueCount) + keyCount, valueCount)
    }

    /// Packs keys and values. A work item is 16 tokens of one head.
    private func pack(_ pass: Pass) {
        let source = projections.keysAndValues, heads = attention.heads, headWidth = attention.headWidth
        let groups = padded(tokens) / lanes
        pass.parallel(owners * groups, scratch: 0) { item, _ in
            let owner = item / groups, start = owner % heads * headWidth
            let tokensHere = item % groups * lanes..<min(tokens, (item % groups + 1) * lanes)
            let first = source.rows(owner / heads, from: 0).from(tokensHere.lowerBound * source.pitch + start)
            pass.kernels.keyPanel(
                .init(
                    keys: first.from(projections.firstKey), values: first.from(projections.firstValue),
                    stride: source.pitch, tokens: tokensHere.count, channels: headWidth,
                    keyPanel: keys(owner).from(tokensHere.lowerBound * headWidth),
                    valuePanels: values(owner).from(tokensHere.lowerBound * lanes), valuePitch: tokens))
        }
    }

    /// Some queries of one head, and where their answers go.
    private struct Queries {
        let owner: Int, rows: Int
        let first: FloatView, pitch: Int
        let answer: FloatView, answerPitch: Int
    }

    /// Scores and answers. A work item is a block of queries of one head.
    private func attend(_ pass: Pass) {
        let projected = projections.queries, heads = attention.heads, headWidth = attention.headWidth
        let blocks = (tokens + Self.block - 1) / Self.block
        let scores = Self.block * padded(tokens), answers = Self.block * padded(headWidth)
        let isWhole = headWidth % lanes == 0  // of panels: the products write nothing beside the head
        pass.parallel(owners * blocks, scratch: scores + answers) { item, scratch in
            let owner = item / blocks, block = item % blocks, image = owner / heads, start = owner % heads * headWidth
            // Evenly, so that no thread has the short one.
            let row = tokens * block / blocks, rows = tokens * (block + 1) / blocks - row
            let target = result.rows(image, from: 0).from(row * result.pitch + start)
            let queries = Queries(
                owner: owner, rows: rows,
                first: projected.rows(image, from: 0).from(row * projected.pitch + start), pitch: projected.pitch,
                answer: isWhole ? target : scratch.slice(scores, answers),
                answerPitch: isWhole ? result.pitch : padded(headWidth))
            answer(queries, scores: scratch.slice(0, scores), pass.kernels)
            if isWhole { return }
            for r in 0..<rows {
                target.slice(r * result.pitch, headWidth)
                    .copy(from: queries.answer.slice(r * queries.answerPitch, headWidth))
            }
        }
    }

    /// Scores of queries against all keys, softmax, weighted sum of the values.
    private func answer(_ queries: Queries, scores: FloatView, _ kernels: Kernels) {
        let stride = padded(tokens), headWidth = attention.headWidth
        kernels.matmul(
            .init(
                a: queries.first, aStride: queries.pitch, b: keys(queries.owner), depth: headWidth, rows: queries.rows,
                columns: stride, c: scores, cStride: stride))
        kernels.softmax(scores, stride: stride, rows: queries.rows, count: tokens, scale: attention.scale)
        kernels.matmul(
            .init(
                a: scores, aStride: stride, b: values(queries.owner), depth: tokens, rows: queries.rows,
                columns: padded(headWidth), c: queries.answer, cStride: queries.answerPitch))
    }
}
