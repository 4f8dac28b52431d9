/// Group normalisation backwards (Wu & He 2018, equation 1), with what follows it: y = (xhat w + b)(1 + m) + t, xhat =
/// (x - mean) r, r = 1 / sqrt(variance + epsilon), over the N values of a group.
///
/// With P and Q the sums of dy and of dy x over an image's pixels, R = r (Q - mean P) is that of dy xhat, and
///
///     dw = (1 + m) R     db = (1 + m) P     dm = w R + b P     dt = P
///     dx = dy w (1 + m) r + x factor + offset
///     factor = -r^2 S2   offset = r^2 mean S2 - r S1
///
/// where S1 and S2 are the group's sums of w (1 + m) P and w (1 + m) R, divided by N.
struct GroupNormGradient {
    let norm: GroupNorm
    let places: GroupNorm.Places
    let sources: [Activation]
    let modulation: ChannelBias?
    let scale: NormScale

    /// Takes the gradient of act(y) back.
    /// - Parameters:
    ///   - gradient: [batch, height, width, the sources' channels, each padded]; owned.
    ///   - function: act.
    func run(_ gradient: Activation, after function: ActivationFunction, _ pass: Pass) {
        run(gradient, ActivationStage(self, function, pass), isActivated: false, pass)
    }

    /// The same where the first stage may have been run already, part by part. Images are taken through all stages one
    /// by one, so that what one stage leaves is near when the next reads it; where there are too few of them for the
    /// threads, stage by stage.
    func run(_ gradient: Activation, _ activation: ActivationStage, isActivated: Bool, _ pass: Pass) {
        let stages = Stages(self, gradient, activation, pass), batch = gradient.batch, height = gradient.height
        let scratch = 10 * gradient.pitch
        pass.operation("gradient of norm and activation of \(gradient.channels), \(height)x\(gradient.width)") {
            if batch % pass.threads == 0 || batch > 4 * pass.threads {
                pass.parallel(batch, scratch: scratch) { n, scratch in
                    if !isActivated { activation.run(gradient, image: n, rows: 0..<height) }
                    stages.statistics(n, scratch)
                    for y in 0..<height { stages.sources(n, y) }
                }
            } else {
                if !isActivated {
                    pass.parallel(batch * height, scratch: 0) { item, _ in
                        let y = item % height
                        activation.run(gradient, image: item / height, rows: y..<y + 1)
                    }
                }
                pass.parallel(batch, scratch: scratch) { n, scratch in stages.statistics(n, scratch) }
                pass.parallel(batch * height, scratch: 0) { item, _ in stages.sources(item / height, item % height) }
            }
        }
        stages.finish()
    }

    /// What is done for each image.
    private struct Stages {
        private let layer: GroupNormGradient
        private let gradient: Activation
        private let pass: Pass
        private let sums: FloatView
        /// [batch, factor and offset, pitch], and [batch, dw and db, channels].
        private let affine: FloatView, own: FloatView
        private let modulationRows: Activation?
        /// Each source's gradient, if anybody asks for it, and whether nothing has been added to it.
        private let targets: [(sum: Activation, isNew: Bool)?]
        /// Whether the only source's gradient, the first that comes to it, takes the place of that of act(y).
        private let isInPlace: Bool

        init(_ layer: GroupNormGradient, _ gradient: Activation, _ activation: ActivationStage, _ pass: Pass) {
            (self.layer, self.gradient, sums, self.pass) = (layer, gradient, activation.sums, pass)
            let batch = gradient.batch, pitch = gradient.pitch
            affine = pass.allocate(batch * 2 * pitch)
            own = pass.allocate(batch * 2 * layer.norm.channels)
            modulationRows = layer.modulation.map { pass.zeroedGradient(of: $0.rows) }
            isInPlace = layer.sources.count == 1 && pass.needsFirstGradient(layer.sources[0])
            targets =
                isInPlace
                ? [(gradient, true)]
                : layer.sources.map { pass.needsGradient($0) ? pass.accumulatedGradient(of: $0) : nil }
        }

        /// The gradients of weight, bias and modulation, factor and offset.
        func statistics(_ n: Int, _ scratch: FloatView) {
            let norm = layer.norm, sources = layer.sources, height = gradient.height, pitch = gradient.pitch
            let mine = own.slice(n * 2 * norm.channels, 2 * norm.channels)
            pass.kernels.groupNormGradient(
                .init(
                    first: sources[0].normSource(n), second: sources.count > 1 ? sources[1].normSource(n) : nil,
                    rows: height, pixels: gradient.width, groups: norm.groups, epsilon: norm.epsilon,
                    weight: norm.weight.view, bias: norm.bias.view, modulation: layer.modulation?.row(n),
                    sums: sums.slice(n * height * 2 * pitch, height * 2 * pitch), sumRows: height,
                    weightGradient: mine.slice(0, norm.channels), biasGradient: mine.from(norm.channels),
                    modulationGradient: modulationRows.flatMap { layer.modulation?.row(n, of: $0) },
                    factor: affine.slice(n * 2 * pitch, pitch), offset: affine.slice((n * 2 + 1) * pitch, pitch),
                    scratch: scratch))
        }

        /// dx of a row.
        func sources(_ n: Int, _ y: Int) {
            let pitch = gradient.pitch, factor = affine.slice(n * 2 * pitch, pitch)
            let offset = affine.slice((n * 2 + 1) * pitch, pitch)
            var start = 0
            for (source, target) in zip(layer.sources, targets) {
                if let target {
                    pass.kernels.normGradient(
                        .init(
                            g: gradient.rows(n, from: y).from(start), gStride: pitch, x: source.rows(n, from: y),
                            xStride: source.pitch, y: target.sum.rows(n, from: y), yStride: source.pitch,
                            pixels: source.width, channels: source.pitch, scale: layer.scale.scale(n).from(start),
                            factor: factor.from(start), offset: offset.from(start), accumulates: !target.isNew))
                }
                start += source.pitch
            }
        }

        /// Adds the parameters' gradients image by image, and gives the memory back that is of no more use.
        func finish() {
            let channels = layer.norm.channels
            if let parameters = pass.tape?.parameters {
                for n in 0..<gradient.batch {
                    for c in 0..<channels {
                        parameters[layer.places.weight + c] += own[n * 2 * channels + c]
                        parameters[layer.places.bias + c] += own[(n * 2 + 1) * channels + c]
                    }
                }
            }
            for view in [sums, affine, own] { pass.release(view) }
            if isInPlace {
                pass.addGradient(gradient, to: layer.sources[0])
            } else {
                pass.release(gradient)
            }
        }
    }
}
