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

    /// - Parameter gradient: of y, and its sums; owned.
    func run(_ gradient: NormGradient, _ pass: Pass) {
        let batch = gradient.values.batch, pitch = gradient.values.pitch
        let affine = pass.allocate(batch * 2 * pitch)  // [batch, factor and offset, pitch]
        addParameters(gradient, affine, pass)
        pass.release(gradient.sums)
        addSources(gradient.values, affine, pass)
        pass.release(affine)
    }

    private func addParameters(_ gradient: NormGradient, _ affine: FloatView, _ pass: Pass) {
        let height = gradient.values.height, pitch = gradient.values.pitch, batch = gradient.values.batch
        let own = pass.allocate(batch * 2 * norm.channels)
        let modulationRows = modulation.map { pass.zeroedGradient(of: $0.rows) }
        pass.operation("norm gradient of \(norm.channels), \(height)x\(gradient.values.width)") {
            pass.parallel(batch, scratch: 10 * pitch) { n, scratch in
                let mine = own.slice(n * 2 * norm.channels, 2 * norm.channels)
                pass.kernels.groupNormGradient(
                    .init(
                        first: sources[0].normSource(n), second: sources.count > 1 ? sources[1].normSource(n) : nil,
                        rows: sources[0].height, pixels: sources[0].width, groups: norm.groups,
                        epsilon: norm.epsilon, weight: norm.weight.view, bias: norm.bias.view,
                        modulation: modulation?.row(n),
                        sums: gradient.sums.slice(n * height * 2 * pitch, height * 2 * pitch), sumRows: height,
                        weightGradient: mine.slice(0, norm.channels), biasGradient: mine.from(norm.channels),
                        modulationGradient: modulationRows.flatMap { modulation?.row(n, of: $0) },
                        factor: affine.slice(n * 2 * pitch, pitch), offset: affine.slice((n * 2 + 1) * pitch, pitch),
                        scratch: scratch))
            }
        }
        if let parameters = pass.tape?.parameters {
            for n in 0..<batch {
                for c in 0..<norm.channels {
                    parameters[places.weight + c] += own[n * 2 * norm.channels + c]
                    parameters[places.bias + c] += own[(n * 2 + 1) * norm.channels + c]
                }
            }
        }
        pass.release(own)
    }

    private func addSources(_ gradient: Activation, _ affine: FloatView, _ pass: Pass) {
        var start = 0
        for source in sources {
            defer { start += source.pitch }
            guard pass.needsGradient(source) else { continue }
            let (sum, isNew) = pass.accumulatedGradient(of: source), from = start
            pass.operation("norm gradient applied to \(source.channels), \(source.height)x\(source.width)") {
                pass.parallel(source.batch * source.height, scratch: 0) { item, _ in
                    let n = item / source.height, y = item % source.height, pitch = gradient.pitch
                    pass.kernels.normGradient(
                        .init(
                            g: gradient.rows(n, from: y).from(from), gStride: pitch, x: source.rows(n, from: y),
                            xStride: source.pitch, y: sum.rows(n, from: y), yStride: source.pitch,
                            pixels: source.width, channels: source.pitch, scale: scale.scale(n).from(from),
                            factor: affine.slice(n * 2 * pitch, pitch).from(from),
                            offset: affine.slice((n * 2 + 1) * pitch, pitch).from(from), accumulates: !isNew))
                }
            }
        }
        pass.release(gradient)
    }
}
