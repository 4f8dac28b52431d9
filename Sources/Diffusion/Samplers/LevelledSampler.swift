/// A sampler that reads the network's output at a noise level: all there are. Its defaults are the one way from an
/// output to the estimate of the clean image.
protocol LevelledSampler: Sampler {
    var parameterisation: Parameterisation { get }
    /// What is done to every estimate of the clean image.
    var correction: Correction { get }
    /// The noise level of an evaluation, in the scaling of the sample there.
    func level(_ state: SamplerState, _ index: Int) -> NoiseLevel
    /// Where the network is asked: the latent, unless a step looks elsewhere in between.
    func sample(_ state: SamplerState, _ index: Int) -> [Float]
}

extension LevelledSampler {
    func sample(_ state: SamplerState, _ index: Int) -> [Float] { state.latent }

    func sigma(_ state: SamplerState, _ index: Int) -> Float { level(state, index).sigma }

    func input(_ state: SamplerState, _ index: Int) -> [Float] {
        parameterisation.input(sample(state, index), at: level(state, index))
    }

    func denoise(_ state: SamplerState, prediction: [Float], at index: Int) -> [Float] {
        var image = parameterisation.denoised(
            sample(state, index), output: prediction, at: level(state, index))
        correction.apply(to: &image)
        return image
    }
}
