import Numbers

/// How a network is asked and read at a noise level sigma, where the sample is image + sigma z (Karras et al. 2022, table 1:
/// c_in, c_skip and c_out). Elementwise in float32, in the order of operations of diffusers' Euler and EDM schedulers.
enum Preconditioning: Sendable, Equatable {
    /// A variance-preserving model: its own sample is (image + sigma z) / sqrt(sigma^2 + 1).
    case variancePreserving(PredictionType)
    /// A model of EDM with images of deviation `data`; the sign of c_out is negative for v-prediction.
    case edm(data: Float, isVelocity: Bool)

    init(_ configuration: SchedulerConfiguration) {
        if let edm = configuration.edm {
            self = .edm(data: Float(edm.sigmaData), isVelocity: configuration.prediction == .velocity)
        } else {
            self = .variancePreserving(configuration.prediction)
        }
    }

    /// What the network is given.
    func input(_ latent: [Float], sigma: Float) -> [Float] {
        switch self {
        case .variancePreserving:
            let scale = (sigma * sigma + 1).squareRoot()
            return latent.map { $0 / scale }
        case .edm(let data, _):
            let scale = 1 / (sigma * sigma + data * data).squareRoot()
            return latent.map { $0 * scale }
        }
    }

    /// The clean image, by the network's output. Of an output of two halves (learned variance) the first is read.
    func denoised(latent: [Float], output: [Float], sigma: Float) -> [Float] {
        switch self {
        case .variancePreserving(.epsilon): return latent.indices.map { latent[$0] - sigma * output[$0] }
        case .variancePreserving(.sample): return Array(output[..<latent.count])
        case .variancePreserving(.velocity):
            let square = sigma * sigma + 1
            let scale = -sigma / square.squareRoot()
            return latent.indices.map { output[$0] * scale + latent[$0] / square }
        case .edm(let data, let isVelocity):
            let square = sigma * sigma + data * data
            let skip = data * data / square
            let scale = (isVelocity ? -sigma : sigma) * data / square.squareRoot()
            return latent.indices.map { skip * latent[$0] + scale * output[$0] }
        }
    }

    /// The network's timestep at a level that is not of the list.
    func timestep(_ sigma: Float, table: SigmaTable) -> Float {
        switch self {
        case .variancePreserving: Float(table.timestep(Double(sigma)))
        case .edm: Float(0.25 * ElementaryFunctions.log(Double(sigma)))
        }
    }
}
