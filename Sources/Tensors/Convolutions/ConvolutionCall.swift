/// One use of a convolution: what flows in, what is done to the result and where it goes. Each method of computing it
/// is a value made from it, which cuts the work into items and shares them out with `run(pass)`.
struct ConvolutionCall {
    let shape: ConvolutionShape
    let input: Convolution.Input
    let output: Convolution.Output
    let result: Activation
    /// The layer's own bias, [outputs] padded to the lanes.
    let ownBias: FloatBuffer
    let kernels: Kernels

    var batch: Int { result.batch }

    /// What is added to every pixel of image `n`.
    func bias(_ n: Int) -> FloatView { output.channelBias?.row(n) ?? ownBias.view }

    /// A part of the result, as a work item computes it.
    struct Part {
        let image: Int
        let rows: Range<Int>
        /// Output channels; both ends are multiples of the lanes.
        let channels: Range<Int>

        /// Where the part's first row begins in an activation of the result's size.
        func first(in activation: Activation) -> FloatView {
            activation.rows(image, from: rows.lowerBound).from(channels.lowerBound)
        }
    }

    /// Rows `rows` of image `n`, all channels.
    func part(image n: Int, rows: Range<Int>) -> Part { Part(image: n, rows: rows, channels: 0..<result.pitch) }

    /// Item `item` of `count` nearly equal runs of output rows.
    func rows(_ item: Int, of count: Int) -> Range<Int> {
        result.height * item / count..<result.height * (item + 1) / count
    }

    /// Multiplies `taps`, those of every output of a part side by side, by the weights of the part's channels.
    func multiply(_ taps: FloatView, by weights: PackedWeights, into part: Part) {
        let depth = weights.segments * weights.depth
        kernels.matmul(
            .init(
                a: taps, aStride: depth, b: weights.buffer.view.from(part.channels.lowerBound * depth), depth: depth,
                rows: part.rows.count * result.width, columns: part.channels.count, c: part.first(in: result),
                cStride: result.pitch, bias: bias(part.image).from(part.channels.lowerBound),
                residual: output.residual.map(part.first(in:)), residualStride: output.residual?.pitch ?? 0,
                scale: output.scale))
    }

    /// Does what is left to do with a part just written, while it is in cache.
    func finish(_ part: Part) {
        gatherMoments(of: part)
        output.epilogue?(result, part)
    }

    /// Gathers the row moments of a part, if a norm will follow.
    private func gatherMoments(of part: Part) {
        guard let target = result.moments else { return }
        for y in part.rows {
            kernels.moments(
                result.rows(part.image, from: y).from(part.channels.lowerBound), pixels: result.width,
                channels: part.channels.count, pitch: result.pitch,
                into: target.from((part.image * result.height + y) * 2 * result.pitch + part.channels.lowerBound))
        }
    }
}
