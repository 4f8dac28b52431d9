/// The first stage of a norm's gradient: from that of act(y) to that of y, in place, and its sums over pixels. Rows and
/// channels do not depend on one another, so whoever has written some of the gradient can take them through while they
/// are in cache.
struct ActivationStage {
    private let sources: [Activation]
    private let scale: NormScale
    private let function: ActivationFunction
    private let kernels: Kernels
    /// The sums of dy and of dy x of each image and row, [batch, height, 2, pitch]; the pass's memory, which the stage
    /// after this one gives back.
    let sums: FloatView

    init(_ norm: GroupNormGradient, _ function: ActivationFunction, _ pass: Pass) {
        (sources, scale, self.function, kernels) = (norm.sources, norm.scale, function, pass.kernels)
        let pitch = sources.reduce(0) { $0 + $1.pitch }
        sums = pass.allocate(sources[0].batch * sources[0].height * 2 * pitch)
    }

    /// Takes some rows of an image through, all channels.
    func run(_ gradient: Activation, image: Int, rows: Range<Int>) {
        run(gradient, .init(image: image, rows: rows, channels: 0..<gradient.pitch))
    }

    /// Takes a part of the gradient through.
    func run(_ gradient: Activation, _ part: ConvolutionCall.Part) {
        let pitch = gradient.pitch, n = part.image
        for y in part.rows {
            let sums = sums.slice((n * gradient.height + y) * 2 * pitch, 2 * pitch), row = gradient.rows(n, from: y)
            var start = 0
            for source in sources {
                let mine = part.channels.clamped(to: start..<start + source.pitch), first = mine.lowerBound
                if !mine.isEmpty {
                    kernels.affineGradient(
                        .init(
                            x: source.rows(n, from: y).from(first - start), xStride: source.pitch,
                            g: row.from(first), gStride: pitch, pixels: source.width, channels: mine.count,
                            scale: scale.scale(n).from(first), shift: scale.shift(n).from(first),
                            activation: function, sums: sums.from(first), sumsStride: pitch))
                }
                start += source.pitch
            }
        }
    }
}
