import Tensors

/// diffusers' `Attention` as its UNet2D blocks use it: group norm, Q, K and V as one projection, attention over the
/// pixels, output projection, residual. One head of all channels has its projections folded, see `FoldedAttention`.
struct AttentionBlock: Sendable {
    private let norm: GroupNorm?
    /// Q, K and V side by side, or the queries of a folded head.
    private let project: Convolution
    private let isFolded: Bool
    private let out: Convolution
    private let attention: Attention
    private let scale: Float

    struct Shape {
        let channels: Int
        /// Channels of one head; nil for one head of all channels.
        let headDim: Int?
        /// Groups of the norm; nil where the block has none.
        let groups: Int?
        /// Divides the output (`rescale_output_factor`).
        var scaleFactor = 1.0
    }

    /// - Throws: `CheckpointError` where a tensor is missing or has another shape.
    init(_ weights: ParameterReader, _ shape: Shape, _ builder: NetworkBuilder) throws {
        let channels = shape.channels, plan = builder.purpose.plan()
        norm = try shape.groups.map {
            try GroupNorm(
                weights.scoped("group_norm"), groups: $0, channels: channels, epsilon: builder.configuration.normEps)
        }
        let width = shape.headDim ?? channels, heads = channels / width
        let inner = heads * width  // less than `channels` where the heads do not divide them
        attention = Attention(heads: heads, headWidth: width)
        scale = Float(1 / shape.scaleFactor)
        isFolded = attention.sharesKeysAndValues && inner == channels && builder.purpose.foldsAttention
        let inputs = try ["to_q", "to_k", "to_v"].map { name in
            FoldedAttention.Linear(
                weight: try weights.floats("\(name).weight", shape: [inner, channels]),
                bias: try weights.floats("\(name).bias", shape: [inner]))
        }
        let last = weights.scoped("to_out.0")
        guard isFolded else {
            project = Convolution(
                ConvolutionShape(sources: [channels], outputs: 3 * inner),
                weight: weights.isTrained ? nil : inputs.flatMap(\.weight),
                bias: inputs.flatMap(\.bias), plan: plan, places: Self.places(weights, inner: inner))
            weights.note(project.fills)
            out = try Convolution(linear: last, inputs: inner, outputs: channels, plan: plan)
            return
        }
        let folded = FoldedAttention(
            query: inputs[0], key: inputs[1], value: inputs[2],
            out: .init(
                weight: try last.floats("weight", shape: [channels, inner]),
                bias: try last.floats("bias", shape: [channels])),
            channels: channels)
        let square = ConvolutionShape(sources: [channels], outputs: channels)
        project = Convolution(square, weight: folded.queryWeight, bias: folded.queryBias, plan: plan)
        out = Convolution(square, weight: folded.outWeight, bias: folded.outBias, plan: plan)
    }

    /// Where the gradients of Q, K and V go, which are one layer here and three in the checkpoint.
    private static func places(_ weights: ParameterReader, inner: Int) -> ParameterPlaces? {
        guard weights.isTrained else { return nil }
        func runs(_ key: String) -> [ParameterPlaces.Run] {
            ["to_q", "to_k", "to_v"].enumerated().compactMap { index, name in
                weights.start(of: "\(name).\(key)").map {
                    .init(outputs: index * inner..<(index + 1) * inner, start: $0)
                }
            }
        }
        return ParameterPlaces(weights: runs("weight"), biases: runs("bias"))
    }

    var convolutions: [Convolution] { [project, out] }

    func callAsFunction(_ x: Activation, _ pass: Pass) -> Activation {
        let scales = norm.map { $0([x], pass) }
        let attended = isFolded ? attendPixels(x, scales, pass) : attend(x, scales, pass)
        let result = out(.init([attended]), .init(residual: x, scale: scale, moments: true), pass)
        pass.release(attended)
        return result
    }

    private func attend(_ x: Activation, _ scales: NormScale?, _ pass: Pass) -> Activation {
        let projected = project(.init([x], norm: scales), .init(), pass)
        if let scales { pass.release(scales) }
        let attended = attention(projected, pass)
        pass.release(projected)
        return attended
    }

    private func attendPixels(_ x: Activation, _ scales: NormScale?, _ pass: Pass) -> Activation {
        let pixels = scales.map { x.normed($0, .identity, pass) } ?? x
        if let scales { pass.release(scales) }
        let queries = project(.init([pixels]), .init(), pass)
        let attended = attention(queries: queries, keysAndValues: pixels, pass)
        pass.release(queries)
        if norm != nil { pass.release(pixels) }
        return attended
    }
}
