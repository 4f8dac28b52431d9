/// Scale and shift per image and channel that a norm comes down to once its statistics are known: y = x scale + shift.
public struct NormScale {
    let values: FloatView  // [batch, 2, pitch]
    let pitch: Int

    func scale(_ n: Int) -> FloatView { values.slice(n * 2 * pitch, pitch) }
    func shift(_ n: Int) -> FloatView { values.slice((n * 2 + 1) * pitch, pitch) }
}

/// Group normalisation (Wu & He 2018, equation 1) with population variance, per image.
///
/// Statistics come from the row moments that were gathered while the input was written, combined in double precision in
/// one fixed order (Chan, Golub & LeVeque 1979), so they depend on neither threads nor batch.
public struct GroupNorm: Sendable {
    public let groups: Int, channels: Int
    let epsilon: Float
    let weight: FloatBuffer, bias: FloatBuffer
    let places: Places?

    /// Where the gradients of weight and bias begin among those of the whole network.
    public struct Places: Sendable {
        let weight: Int, bias: Int

        public init(weight: Int, bias: Int) { (self.weight, self.bias) = (weight, bias) }
    }

    /// - Parameters:
    ///   - groups: divides `weight.count`.
    ///   - weight, bias: [channels].
    ///   - places: where their gradients go, if it is to be trained.
    public init(groups: Int, epsilon: Float, weight: [Float], bias: [Float], places: Places? = nil) {
        precondition(weight.count % groups == 0 && weight.count == bias.count)
        (self.groups, self.epsilon, self.places) = (groups, epsilon, places)
        channels = weight.count
        self.weight = FloatBuffer(count: channels)
        self.bias = FloatBuffer(count: channels)
        self.weight.view.copy(from: weight)
        self.bias.view.copy(from: bias)
    }

    /// The norm of the sources' concatenation as scale and shift, laid out as the sources' padded channels follow one
    /// another.
    /// - Parameters:
    ///   - sources: one or two, with moments.
    ///   - modulation: (scale, shift) of a time embedding, applied after: y (1 + scale) + shift.
    public func callAsFunction(_ sources: [Activation], modulation: ChannelBias? = nil, _ pass: Pass) -> NormScale {
        precondition(sources.count <= 2 && sources.reduce(0) { $0 + $1.channels } == channels)
        let scale = pass.operation("group norm \(channels), \(sources[0].height)x\(sources[0].width)") {
            let pitch = sources.reduce(0) { $0 + $1.pitch }, batch = sources[0].batch
            let result = NormScale(values: pass.allocate(batch * 2 * pitch), pitch: pitch)
            pass.parallel(batch, scratch: 6 * pitch) { n, scratch in
                pass.kernels.groupNorm(
                    .init(
                        first: sources[0].normSource(n), second: sources.count > 1 ? sources[1].normSource(n) : nil,
                        rows: sources[0].height, pixels: sources[0].width, groups: groups, epsilon: epsilon,
                        weight: weight.view, bias: bias.view, modulation: modulation?.row(n), scale: result.scale(n),
                        shift: result.shift(n), scratch: scratch))
            }
            return result
        }
        if let places {
            let gradient = GroupNormGradient(
                norm: self, places: places, sources: sources, modulation: modulation, scale: scale)
            pass.record(scale, gradient: gradient)
        }
        return scale
    }
}

extension Activation {
    func normSource(_ n: Int) -> Kernels.NormSource {
        guard let moments else {
            fatalError("a norm follows an activation without row moments: a mistake of the network's code")
        }
        let size = height * 2 * pitch
        return .init(moments: moments.slice(n * size, size), channels: channels, pitch: pitch)
    }
}
