import Diffusion
import Testing

/// What the five views of a parameterisation say of each other.
struct ParameterisationTests {
    static let sigmas: [Float] = [0.02, 0.3, 1, 2.5, 40]
    static let image: [Float] = [-1, -0.62, -0.03, 0, 0.4, 0.97, 1]
    static let noise: [Float] = [0.3, -1.9, 0.02, 2.2, -0.7, 1.1, -0.4]

    static let all: [Parameterisation] =
        PredictionType.allCases.flatMap { [.variancePreserving($0), .wrapped($0)] }
        + [.edm(data: 0.5, isVelocity: false), .edm(data: 0.5, isVelocity: true), .edm(data: 1, isVelocity: true)]

    private static func level(_ parameterisation: Parameterisation, sigma: Float) -> NoiseLevel {
        guard case .variancePreserving = parameterisation else { return NoiseLevel(sigma: sigma) }
        let root = (sigma * sigma + 1).squareRoot()
        return NoiseLevel(signal: 1 / root, noise: sigma / root)
    }

    private func sumOfSquares(_ a: [Float], _ b: [Float]) -> Double {
        zip(a, b).reduce(0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
    }

    /// A network that answers with the target is one that knows image and noise.
    @Test(arguments: all, sigmas)
    func theTargetGivesImageAndNoiseBack(_ parameterisation: Parameterisation, _ sigma: Float) {
        let level = Self.level(parameterisation, sigma: sigma)
        let sample = parameterisation.noised(Self.image, noise: Self.noise, at: level)
        let target = parameterisation.target(Self.image, noise: Self.noise, at: level)
        let image = parameterisation.denoised(sample, output: target, at: level)
        let noise = parameterisation.noise(sample, output: target, at: level)
        // A rounding error of the sample is one of the noise over sigma, and one of the image times sigma.
        #expect(Fixture.largestDifference(image, Self.image) <= 1e-6 * max(sigma, 1))
        #expect(Fixture.largestDifference(noise, Self.noise) <= 1e-6 * max(1 / sigma, 1))
        // Of two halves the first counts.
        let halves = target + Self.noise
        #expect(parameterisation.denoised(sample, output: halves, at: level) == image)
        #expect(parameterisation.noise(sample, output: halves, at: level) == noise)
    }

    /// |e error|^2 = snr |x0 error|^2 = snr/(1 + snr) |v error|^2 (Salimans & Ho 2022, section 4), whatever the network
    /// predicts.
    @Test(arguments: PredictionType.allCases, sigmas)
    func errorsAreInTheRatiosOfTheSignal(_ prediction: PredictionType, _ sigma: Float) {
        let parameterisation = Parameterisation.variancePreserving(prediction)
        let level = Self.level(parameterisation, sigma: sigma)
        let sample = parameterisation.noised(Self.image, noise: Self.noise, at: level)
        var output = parameterisation.target(Self.image, noise: Self.noise, at: level)
        for i in output.indices { output[i] += i % 2 == 0 ? 0.5 : -0.25 }
        let image = parameterisation.denoised(sample, output: output, at: level)
        let noise = parameterisation.noise(sample, output: output, at: level)
        func errors(_ other: PredictionType) -> Double {
            let view = Parameterisation.variancePreserving(other)
            return sumOfSquares(
                view.target(image, noise: noise, at: level), view.target(Self.image, noise: Self.noise, at: level))
        }
        let snr = 1 / (Double(sigma) * Double(sigma))
        let expected = errors(.epsilon)
        #expect((snr * errors(.sample) / expected - 1).magnitude < 2e-3)
        #expect((snr / (1 + snr) * errors(.velocity) / expected - 1).magnitude < 2e-3)
    }

    /// k-diffusion's `Denoiser.loss`: (image - c_skip x)/c_out, and c_in x has the deviation 1.
    @Test(arguments: [Float(0.5), 1], sigmas)
    func edmIsThatOfKDiffusion(_ data: Float, _ sigma: Float) {
        let (d, s) = (Double(data), Double(sigma))
        let (skip, out) = (d * d / (s * s + d * d), s * d / (s * s + d * d).squareRoot())
        for isVelocity in [false, true] {
            let parameterisation = Parameterisation.edm(data: data, isVelocity: isVelocity)
            let level = NoiseLevel(sigma: sigma)
            let target = parameterisation.target(Self.image, noise: Self.noise, at: level)
            for i in target.indices {
                let sample = Double(Self.image[i]) + s * Double(Self.noise[i])
                let expected = (Double(Self.image[i]) - skip * sample) / (isVelocity ? -out : out)
                #expect((Double(target[i]) - expected).magnitude < 1e-5)
            }
            let input = parameterisation.input([1], at: level)
            #expect((Double(input[0]) * (s * s + d * d).squareRoot() - 1).magnitude < 1e-6)
        }
    }

    /// A wrapped model is asked and read as at its own samples.
    @Test(arguments: PredictionType.allCases, sigmas)
    func wrappingChangesTheSampleAlone(_ prediction: PredictionType, _ sigma: Float) {
        let (own, wrapped) = (Parameterisation.variancePreserving(prediction), Parameterisation.wrapped(prediction))
        let (ownLevel, level) = (Self.level(own, sigma: sigma), Self.level(wrapped, sigma: sigma))
        let sample = wrapped.noised(Self.image, noise: Self.noise, at: level)
        let scaled = own.noised(Self.image, noise: Self.noise, at: ownLevel)
        #expect(Fixture.largestDifference(wrapped.input(sample, at: level), scaled) < 1e-6)
        #expect(own.input(scaled, at: ownLevel) == scaled)
        let output = Self.noise.map { 0.5 * $0 + 0.1 }
        let tolerance = 2e-6 * max(sigma, 1)
        let images = [
            wrapped.denoised(sample, output: output, at: level), own.denoised(scaled, output: output, at: ownLevel),
        ]
        #expect(Fixture.largestDifference(images[0], images[1]) < tolerance)
        let targets = [own, wrapped].map { view in
            view.target(Self.image, noise: Self.noise, at: view == own ? ownLevel : level)
        }
        #expect(Fixture.largestDifference(targets[0], targets[1]) < 1e-6)
    }
}
