/// What is done to an estimated clean image before it is used.
enum Correction: Sendable, Equatable {
    case none
    /// Cuts to [-range, range].
    case clip(range: Float)
    /// Dynamic thresholding (Saharia et al. 2022, section 2.3): per image, s = the quantile of |x| within [1, maximum];
    /// x is clipped to [-s, s] and divided by s.
    case threshold(ratio: Float, maximum: Float)

    /// - Parameter configuration: with `clipsSample` as the sampler has it (`SamplerKind.schedule`); thresholding wins
    ///   over it.
    init(_ configuration: SchedulerConfiguration) {
        if configuration.thresholding {
            self = .threshold(
                ratio: Float(configuration.thresholdingRatio), maximum: Float(configuration.sampleMaximum))
        } else {
            self = configuration.clipsSample == true ? .clip(range: Float(configuration.clipRange)) : .none
        }
    }

    /// Corrects an estimate in place; NaN stays.
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
