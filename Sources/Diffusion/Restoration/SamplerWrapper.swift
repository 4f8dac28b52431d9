/// What a restoration puts around a sampler. It has the sampler's face and is run in its place, so that a trajectory
/// knows nothing of restorations; it changes one or two answers, the others are the sampler's own.
protocol SamplerWrapper: Sampler {
    var base: any Sampler { get }
}

extension SamplerWrapper {
    var evaluations: Int { base.evaluations }
    var initialScale: Float { base.initialScale }
    var adaptive: (any AdaptiveSampler)? { base.adaptive }
    func historyCount(_ index: Int) -> Int { base.historyCount(index) }
    func timestep(_ state: SamplerState, _ index: Int) -> Float { base.timestep(state, index) }
    func input(_ state: SamplerState, _ index: Int) -> [Float] { base.input(state, index) }
    func sigma(_ state: SamplerState, _ index: Int) -> Float { base.sigma(state, index) }
    func perturbation(_ index: Int) -> Float { base.perturbation(index) }
    func needsNoise(_ index: Int) -> Bool { base.needsNoise(index) }
    func finish(_ image: inout [Float]) { base.finish(&image) }

    func denoise(_ state: SamplerState, prediction: [Float], at index: Int) -> [Float] {
        base.denoise(state, prediction: prediction, at: index)
    }

    func advance(_ state: inout SamplerState, image: [Float], prediction: [Float], noise: [Float], at index: Int) {
        base.advance(&state, image: image, prediction: prediction, noise: noise, at: index)
    }

    func climb(_ state: inout SamplerState, drawing noise: inout Noise, after index: Int) {
        base.climb(&state, drawing: &noise, after: index)
    }
}

/// DDNM around any sampler (Wang et al. 2023, eq. 13): what is known is put into every estimate of the clean image, and
/// into the last one within the range from black to white.
struct MeasuredSampler: SamplerWrapper {
    let base: any Sampler
    let measurement: Measurement

    func denoise(_ state: SamplerState, prediction: [Float], at index: Int) -> [Float] {
        var image = base.denoise(state, prediction: prediction, at: index)
        measurement.project(&image)
        return image
    }

    func finish(_ image: inout [Float]) {
        base.finish(&image)
        measurement.finish(&image)
    }
}

/// A sampler of a conditional model: the network is shown the enlarged image beside the sample. Such a model was
/// trained for it and is taken at its word: nothing is put into its estimates.
struct ConcatenatedSampler: SamplerWrapper {
    let base: any Sampler
    let concatenation: Concatenation
    /// The enlarged image, [channels, height, width].
    let shown: [Float]

    func input(_ state: SamplerState, _ index: Int) -> [Float] {
        concatenation.input(base.input(state, index), condition: shown)
    }
}
