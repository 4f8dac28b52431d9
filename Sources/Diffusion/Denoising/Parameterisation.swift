import Numbers

/// How a network is asked at a noise level, and what its output says of image and noise; the same five views for
/// samplers (`input`, `denoised`, `noise`) and for training (`noised`, `target`), as `forward` stands beside `loss` in
/// k-diffusion.
///
/// All are elementwise in float32, in the order of operations of diffusers. A sample is x = signal image + noise z. Of
/// an output of two halves (learned variance) the first is read.
public enum Parameterisation: Sendable, Equatable {
    /// A variance-preserving model and its own samples.
    case variancePreserving(PredictionType)
    /// Such a model where samples are image + sigma z; its own are these divided by sqrt(sigma^2 + 1).
    case wrapped(PredictionType)
    /// A model with the preconditioning of EDM (Karras et al. 2022, table 1), of images of deviation `data`; samples
    /// are image + sigma z. With v-prediction the sign of c_out is negative.
    case edm(data: Float, isVelocity: Bool)

    /// What the network is given: c_in x.
    public func input(_ sample: [Float], at level: NoiseLevel) -> [Float] {
        let sigma = level.noise
        switch self {
        case .variancePreserving: return sample
        case .wrapped:
            let scale = (sigma * sigma + 1).squareRoot()
            return sample.map { $0 / scale }
        case .edm(let data, _):
            let scale = 1 / (sigma * sigma + data * data).squareRoot()
            return sample.map { $0 * scale }
        }
    }

    /// The clean image by the network's output, not clipped. `level.signal` is not 0 with epsilon.
    public func denoised(_ sample: [Float], output: [Float], at level: NoiseLevel) -> [Float] {
        let (signal, noise) = (level.signal, level.noise)
        switch self {
        case .variancePreserving(.epsilon): return sample.indices.map { (sample[$0] - noise * output[$0]) / signal }
        case .wrapped(.epsilon): return sample.indices.map { sample[$0] - noise * output[$0] }
        case .variancePreserving(.sample), .wrapped(.sample): return Array(output[..<sample.count])
        case .variancePreserving(.velocity):
            return sample.indices.map { signal * sample[$0] - noise * output[$0] }
        case .wrapped(.velocity):
            let square = noise * noise + 1
            let scale = -noise / square.squareRoot()
            return sample.indices.map { output[$0] * scale + sample[$0] / square }
        case .edm(let data, let isVelocity):
            let square = noise * noise + data * data
            let skip = data * data / square
            let scale = (isVelocity ? -noise : noise) * data / square.squareRoot()
            return sample.indices.map { skip * sample[$0] + scale * output[$0] }
        }
    }

    /// The noise in the sample, by the output as it is. `level.noise` is not 0.
    public func noise(_ sample: [Float], output: [Float], at level: NoiseLevel) -> [Float] {
        let (signal, noise) = (level.signal, level.noise)
        switch self {
        case .variancePreserving(.epsilon), .wrapped(.epsilon): return Array(output[..<sample.count])
        case .variancePreserving(.sample), .wrapped(.sample):
            return sample.indices.map { (sample[$0] - signal * output[$0]) / noise }
        case .variancePreserving(.velocity):
            return sample.indices.map { signal * output[$0] + noise * sample[$0] }
        case .wrapped(.velocity):
            let square = noise * noise + 1
            let root = square.squareRoot()
            return sample.indices.map { output[$0] / root + noise * sample[$0] / square }
        case .edm:
            let image = denoised(sample, output: output, at: level)
            return sample.indices.map { (sample[$0] - image[$0]) / noise }
        }
    }

    /// The sample of an image and its noise: signal image + noise z. Equal counts.
    public func noised(_ image: [Float], noise z: [Float], at level: NoiseLevel) -> [Float] {
        let (signal, noise) = (level.signal, level.noise)
        return image.indices.map { signal * image[$0] + noise * z[$0] }
    }

    /// What the network is to answer where the sample is `noised`: `denoised` and `noise` then give image and z back.
    /// Equal counts.
    public func target(_ image: [Float], noise z: [Float], at level: NoiseLevel) -> [Float] {
        let (signal, noise) = (level.signal, level.noise)
        switch self {
        case .variancePreserving(.epsilon), .wrapped(.epsilon): return z
        case .variancePreserving(.sample), .wrapped(.sample): return image
        case .variancePreserving(.velocity): return image.indices.map { signal * z[$0] - noise * image[$0] }
        case .wrapped(.velocity):
            let root = (noise * noise + 1).squareRoot()
            return image.indices.map { (z[$0] - noise * image[$0]) / root }
        case .edm(let data, let isVelocity):
            // (image - c_skip x)/c_out without the cancellation where sigma is small.
            let root = (noise * noise + data * data).squareRoot()
            let (share, kept) =
                isVelocity ? (-noise / (data * root), -data / root) : (noise / (data * root), data / root)
            return image.indices.map { share * image[$0] - kept * z[$0] }
        }
    }
}

extension Parameterisation {
    /// The parameterisation of a model where samples are its own.
    public init(_ configuration: SchedulerConfiguration) {
        self.init(configuration, otherwise: { .variancePreserving($0) })
    }

    /// The parameterisation of a model where samples are image + sigma z.
    public init(wrapping configuration: SchedulerConfiguration) {
        self.init(configuration, otherwise: { .wrapped($0) })
    }

    private init(_ configuration: SchedulerConfiguration, otherwise plain: (PredictionType) -> Parameterisation) {
        if let edm = configuration.edm {
            self = .edm(data: Float(edm.sigmaData), isVelocity: configuration.prediction == .velocity)
        } else {
            self = plain(configuration.prediction)
        }
    }

    /// The network's timestep at a level that is not of the list: c_noise.
    func timestep(_ sigma: Float, table: SigmaTable) -> Float {
        switch self {
        case .variancePreserving, .wrapped: Float(table.timestep(Double(sigma)))
        case .edm: Float(0.25 * ElementaryFunctions.log(Double(sigma)))
        }
    }
}
