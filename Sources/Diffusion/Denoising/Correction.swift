/// From the network's output to an estimate of the clean image and of the noise, elementwise in float32.
///
/// `signal` is sqrt(abar_t), `noise` sqrt(1 - abar_t). Of an output of two halves (learned variance) the first is read.
extension PredictionType {
    /// The clean image x_0, not clipped.
    func denoised(latent: [Float], output: [Float], signal: Float, noise: Float) -> [Float] {
        switch self {
        case .epsilon: latent.indices.map { (latent[$0] - noise * output[$0]) / signal }
        case .sample: Array(output[..<latent.count])
        case .velocity: latent.indices.map { signal * latent[$0] - noise * output[$0] }
        }
    }

    /// The noise in the latent, by the output as it is.
    func noise(latent: [Float], output: [Float], signal: Float, noise: Float) -> [Float] {
        switch self {
        case .epsilon: Array(output[..<latent.count])
        case .sample: latent.indices.map { (latent[$0] - signal * output[$0]) / noise }
        case .velocity: latent.indices.map { signal * output[$0] + noise * latent[$0] }
        }
    }
}

/// What is done to an estimated clean image before it is used.
enum Correction: Sendable, Equatable {
    case none
    /// To [-range, range].
    case clip(range: Float)
    /// Dynamic thresholding (Saharia et al. 2022, section 2.3): per image, s = the quantile of |x| within [1, maximum];
    /// x is clipped to [-s, s] and divided by s.
    case threshold(ratio: Float, maximum: Float)

    /// - Parameter configuration: with `clipsSample` as the sampler has it (`SamplerKind.schedule`); thresholding wins
    ///   over it.
    init(_ configuration: SchedulerConfiguration) {
        if configuration.thresholding {
            self = .threshold(ratio: Float(configuration.thresholdingRatio), maximum: Float(configuration.sampleMaximum))
        } else {
            self = configuration.clipsSample == true ? .clip(range: Float(configuration.clipRange)) : .none
        }
    }

    func apply(to image: inout [Float]) {
        switch self {
        case .none: break
        case .clip(let range):
            for i in image.indices { image[i] = Self.clamped(image[i], range) }
        case .threshold(let ratio, let maximum):
            // The quantile cannot matter where the maximum leaves s no room.
            let s = maximum <= 1 ? maximum : min(max(Quantile.ofMagnitudes(image, ratio), 1), maximum)
            for i in image.indices { image[i] = Self.clamped(image[i], s) / s }
        }
    }

    /// Into [-range, range]; NaN stays NaN, so that a broken network is noticed.
    private static func clamped(_ x: Float, _ range: Float) -> Float { x < -range ? -range : (x > range ? range : x) }
}

/// A quantile without sorting: magnitudes of floats are ordered as their bit patterns are.
package enum Quantile {
    /// `torch.quantile(abs(values), ratio)`, linear interpolation, float32. `values` is not empty, `ratio` in 0...1.
    package static func ofMagnitudes(_ values: [Float], _ ratio: Float) -> Float {
        let rank = ratio * Float(values.count - 1)
        let below = min(Int(rank), values.count - 1)
        let weight = rank - Float(below)
        let low = magnitude(ofRank: below, in: values)
        guard weight > 0, below + 1 < values.count else { return low }
        let high = magnitude(ofRank: below + 1, in: values)
        // torch.lerp takes the end that is nearer.
        return weight < 0.5 ? low + weight * (high - low) : high - (high - low) * (1 - weight)
    }

    /// Radix selection: eleven bits at a time from the top, keeping only the values that share them.
    private static func magnitude(ofRank rank: Int, in values: [Float]) -> Float {
        var rank = rank
        var prefix: UInt32 = 0
        var mask: UInt32 = 0
        for (shift, bits) in [(20, 11), (9, 11), (0, 9)] as [(UInt32, Int)] {
            var counts = [Int](repeating: 0, count: 1 << bits)
            for value in values {
                let pattern = value.magnitude.bitPattern
                if pattern & mask == prefix { counts[Int(pattern >> shift) & (1 << bits - 1)] += 1 }
            }
            var bucket = 0
            while rank >= counts[bucket] {
                rank -= counts[bucket]
                bucket += 1
            }
            prefix |= UInt32(bucket) << shift
            mask |= UInt32(1 << bits - 1) << shift
        }
        return Float(bitPattern: prefix)
    }
}
