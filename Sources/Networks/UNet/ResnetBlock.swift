import Tensors

/// diffusers' `ResnetBlock2D`: norm, act, conv, time embedding, norm, act, conv, shortcut.
struct ResnetBlock: Sendable {
    enum Resampling: Sendable { case none, down, up }

    private let norm1: GroupNorm, norm2: GroupNorm
    private let conv1: Convolution, conv2: Convolution
    private let shortcut: Convolution?
    private let time: TimeProjections.Place
    private let modulates: Bool
    private let resampling: Resampling
    private let function: ActivationFunction
    private let scale: Float

    struct Shape {
        /// Channels of the inputs that are concatenated, hidden first.
        let sources: [Int]
        let outputs: Int
        /// Where the block reads: 0 is the shallowest.
        let level: Int
        var resampling = Resampling.none
        /// Divides the output (`output_scale_factor`).
        var scaleFactor = 1.0

        /// Where the block's convolutions compute.
        var outputLevel: Int { level + (resampling == .down ? 1 : resampling == .up ? -1 : 0) }
    }

    /// - Throws: `CheckpointError` where a tensor is missing or has another shape.
    init(_ weights: ParameterReader, _ shape: Shape, _ builder: inout NetworkBuilder) throws {
        let configuration = builder.configuration, plan = builder.plan(shape.outputLevel)
        let (sources, out) = (shape.sources, shape.outputs), inputs = sources.reduce(0, +)
        let groups = configuration.normNumGroups, eps = configuration.normEps
        norm1 = try GroupNorm(weights.scoped("norm1"), groups: groups, channels: inputs, epsilon: eps)
        norm2 = try GroupNorm(weights.scoped("norm2"), groups: groups, channels: out, epsilon: eps)
        modulates = configuration.timeScaleShift == .scaleShift
        func square(_ sources: [Int]) -> ConvolutionShape {
            ConvolutionShape(sources: sources, outputs: out, kernel: .square(3), padding: .same(1))
        }
        conv1 = try Convolution(weights.scoped("conv1"), square(sources), plan: plan)
        conv2 = try Convolution(weights.scoped("conv2"), square([out]), plan: plan)
        shortcut =
            inputs == out
            ? nil
            : try Convolution(
                weights.scoped("conv_shortcut"), .init(sources: sources, outputs: out), plan: plan)
        // Unmodulated, the projection is added where conv1's bias is: one vector serves both.
        time = try builder.projections.add(
            weights.scoped("time_emb_proj"), outputs: modulates ? 2 * out : out,
            added: modulates
                ? nil : .init(bias: weights.floats("conv1.bias", shape: [out]), start: weights.start(of: "conv1.bias")))
        resampling = shape.resampling
        function = configuration.activation.function
        scale = Float(1 / shape.scaleFactor)
    }

    var convolutions: [Convolution] { [conv1, conv2] + (shortcut.map { [$0] } ?? []) }

    /// - Parameter projected: the time embedding through every block's projection.
    /// - Returns: a new activation; the sources stay allocated.
    func callAsFunction(_ sources: [Activation], _ projected: Activation, _ pass: Pass) -> Activation {
        let scale1 = norm1(sources, pass)
        let input: Convolution.Input
        var resampled: Activation?
        switch resampling {
        case .none: input = .init(sources, norm: scale1, activation: function)
        case .up:
            input = .init(sources, norm: scale1, activation: function, upsampled: true)
            resampled = sources[0].upsampled(pass)
        case .down:
            let normed = sources[0].normed(scale1, function, pass)
            input = .init([normed.pooled(pass)])
            pass.release(normed)
            resampled = sources[0].pooled(pass)
        }
        let bias = time.rows(projected)
        let hidden = conv1(input, .init(channelBias: modulates ? nil : bias, moments: true), pass)
        pass.release(scale1)
        if resampling == .down { pass.release(input.sources[0]) }
        let scale2 = norm2([hidden], modulation: modulates ? bias : nil, pass)
        let straight = resampled.map { [$0] } ?? sources
        let residual = shortcut.map { $0(.init(straight), .init(), pass) }
        let result = conv2(
            lastInput(hidden, scale2, pass), .init(residual: residual ?? straight[0], scale: scale, moments: true),
            pass)
        pass.release(scale2)
        pass.release(hidden)
        if let residual { pass.release(residual) }
        if let resampled { pass.release(resampled) }
        return result
    }

    /// What the second convolution reads: normed on its way, or before it where some of it is dropped.
    private func lastInput(_ hidden: Activation, _ scale: NormScale, _ pass: Pass) -> Convolution.Input {
        guard pass.drops else { return .init([hidden], norm: scale, activation: function) }
        return .init([hidden.normed(scale, function, pass).dropped(pass)])
    }
}
