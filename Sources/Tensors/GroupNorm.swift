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
    let weight: [Float], bias: [Float]

    /// - Parameters:
    ///   - groups: divides `weight.count`.
    ///   - weight, bias: [channels].
    public init(groups: Int, epsilon: Float, weight: [Float], bias: [Float]) {
        precondition(weight.count % groups == 0 && weight.count == bias.count)
        (self.groups, self.epsilon, self.weight, self.bias) = (groups, epsilon, weight, bias)
        channels = weight.count
    }

    /// The norm of the sources' concatenation as scale and shift, laid out as the sources' padded channels follow one another.
    /// - Parameter modulation: (scale, shift) of a time embedding, applied after: y (1 + scale) + shift.
    public func callAsFunction(_ sources: [Activation], modulation: ChannelBias? = nil, _ compute: Compute) -> NormScale {
        let pitch = sources.reduce(0) { $0 + $1.pitch }
        let batch = sources[0].batch
        let result = NormScale(values: compute.allocate(batch * 2 * pitch), pitch: pitch)
        let positions = Self.positions(of: sources)
        compute.parallel(batch, scratch: 0) { n, _ in
            let scale = result.scale(n), shift = result.shift(n)
            scale.fill(0)
            shift.fill(0)
            let size = channels / groups
            for group in 0..<groups {
                let range = group * size..<(group + 1) * size
                let (mean, variance) = Self.statistics(positions[range], sources, n)
                let deviation = 1 / (variance + Double(epsilon)).squareRoot()
                for c in range {
                    var s = Float(deviation * Double(weight[c]))
                    var t = Float(Double(bias[c]) - mean * deviation * Double(weight[c]))
                    if let modulation {
                        let row = modulation.row(n)
                        s *= 1 + row[c]
                        t = t * (1 + row[c]) + row[channels + c]
                    }
                    scale[positions[c].offset] = s
                    shift[positions[c].offset] = t
                }
            }
        }
        return result
    }

    /// Where a channel of the concatenation lies: its source, its channel there, and its place in the padded band pixel.
    private struct Position {
        let source: Int, channel: Int, offset: Int
    }

    private static func positions(of sources: [Activation]) -> [Position] {
        var result: [Position] = []
        var start = 0
        for (index, source) in sources.enumerated() {
            result += (0..<source.channels).map { Position(source: index, channel: $0, offset: start + $0) }
            start += source.pitch
        }
        return result
    }

    /// Mean and population variance over the positions' channels of image `n`. Every row block holds the same number of
    /// pixels, so the mean is the mean of means.
    private static func statistics(_ positions: ArraySlice<Position>, _ sources: [Activation], _ n: Int) -> (Double, Double) {
        let height = sources[0].height, width = sources[0].width
        var sum = 0.0
        forEachRow(positions, sources, n) { mean, _ in sum += Double(mean) }
        let blocks = Double(height * positions.count)
        let mean = sum / blocks
        var squares = 0.0
        forEachRow(positions, sources, n) { rowMean, m2 in
            let d = Double(rowMean) - mean
            squares += Double(m2) + Double(width) * d * d
        }
        return (mean, squares / (blocks * Double(width)))
    }

    @inline(__always) private static func forEachRow(
        _ positions: ArraySlice<Position>, _ sources: [Activation], _ n: Int, _ body: (_ mean: Float, _ m2: Float) -> Void
    ) {
        for position in positions {
            let source = sources[position.source]
            guard let moments = source.moments else {
                fatalError("a norm follows an activation whose row moments were not gathered: a mistake of the network's code")
            }
            let image = n * source.height * 2 * source.pitch + position.channel
            for y in 0..<source.height {
                let row = image + y * 2 * source.pitch
                body(moments[row], moments[row + source.pitch])
            }
        }
    }
}
