/// The predictor of a step of `predictor-corrector`.
public enum Predictor: String, Sendable, CaseIterable {
    /// Song et al. 2021, appendix E, eq. 46: the reverse of the discretised forward step.
    case reverseDiffusion = "reverse-diffusion"
    /// Same, appendix F, eq. 4: DDPM's step.
    case ancestral
    /// The reverse equation's own Euler-Maruyama step.
    case eulerMaruyama = "euler-maruyama"
}

/// Predictor-corrector sampling of score-based models (Song et al. 2021, "Score-based generative modeling through
/// stochastic differential equations", algorithms 3 and 5 for VP; score_sde `sampling.py`): at each level some steps of
/// Langevin dynamics, then a step to the next level. The norms of a Langevin step are the image's own; upstream's mean
/// over the batch would make an image depend on its neighbours.
///
/// The levels are training timesteps, so with as many steps as in training the process is score_sde's.
struct PredictorCorrectorSampler: LevelledSampler {
    private struct Level {
        let timestep: Float
        /// sqrt(abar), sqrt(1 - abar).
        let level: NoiseLevel
        /// 1 - abar/abar of the next level: beta of the step down.
        let beta: Float
    }

    private let levels: [Level]
    private let correctorSteps: Int
    private let signalToNoise: Float
    private let predictor: Predictor
    let parameterisation: Parameterisation
    let correction: Correction

    init(schedule: Schedule, steps: Int, options: SamplerOptions) throws(InvalidSetting) {
        let configuration = schedule.configuration
        let timesteps = try Timesteps.discrete(
            steps: steps, spacing: configuration.spacing ?? .linspace, configuration: configuration)
        levels = timesteps.indices.map { i in
            let alphaBar = schedule.alphaBar[timesteps[i]]
            let next: Float = i + 1 < timesteps.count ? schedule.alphaBar[timesteps[i + 1]] : 1
            return Level(
                timestep: Float(timesteps[i]), level: schedule.level(timesteps[i]), beta: 1 - alphaBar / next)
        }
        correctorSteps = options.correctorSteps ?? 1
        signalToNoise = Float(options.signalToNoise ?? 0.16)
        predictor = options.predictor ?? .reverseDiffusion
        parameterisation = Parameterisation(configuration)
        correction = Correction(configuration)
        guard predictor != .ancestral || levels.allSatisfy({ $0.beta < 1 }) else {
            throw InvalidSetting(
                "sampler_options/predictor", expected: "another, as the schedule ends without any signal",
                got: predictor.rawValue)
        }
    }

    var evaluations: Int { levels.count * (correctorSteps + 1) }
    private func place(_ index: Int) -> Level { levels[index / (correctorSteps + 1)] }
    private func predicts(_ index: Int) -> Bool { index % (correctorSteps + 1) == correctorSteps }

    func timestep(_ state: SamplerState, _ index: Int) -> Float { place(index).timestep }
    func level(_ state: SamplerState, _ index: Int) -> NoiseLevel { place(index).level }
    // The run ends on a mean, without the noise of the last step.
    func needsNoise(_ index: Int) -> Bool { index < evaluations - 1 }

    func advance(_ state: inout SamplerState, image: [Float], prediction: [Float], noise: [Float], at index: Int) {
        let (level, beta) = (place(index).level, place(index).beta)
        // grad log p = (sqrt(abar) image - x)/(1 - abar).
        let variance = level.noise * level.noise
        let score = image.indices.map { (level.signal * image[$0] - state.latent[$0]) / variance }
        if predicts(index) {
            predict(&state.latent, score: score, noise: noise, beta: beta)
        } else {
            correct(&state.latent, score: score, noise: noise, alpha: 1 - beta)
        }
    }

    private func predict(_ latent: inout [Float], score: [Float], noise: [Float], beta: Float) {
        let (keep, gain): (Float, Float)
        switch predictor {
        case .reverseDiffusion: (keep, gain) = (2 - (1 - beta).squareRoot(), beta)
        case .ancestral: (keep, gain) = (1 / (1 - beta).squareRoot(), beta / (1 - beta).squareRoot())
        case .eulerMaruyama: (keep, gain) = (1 + 0.5 * beta, beta)
        }
        for i in latent.indices { latent[i] = keep * latent[i] + gain * score[i] }
        guard !noise.isEmpty else { return }
        let deviation = beta.squareRoot()
        for i in latent.indices { latent[i] += deviation * noise[i] }
    }

    /// Algorithm 5: step = 2 alpha (snr |z| / |score|)^2.
    private func correct(_ latent: inout [Float], score: [Float], noise: [Float], alpha: Float) {
        let slope = Self.norm(score)
        // Where the score is nothing its direction is, too.
        guard slope != 0 else { return }
        let ratio = signalToNoise * Float(Self.norm(noise) / slope)
        let step = 2 * alpha * (ratio * ratio)
        let deviation = (2 * step).squareRoot()
        for i in latent.indices { latent[i] += step * score[i] + deviation * noise[i] }
    }

    /// The norm, summed in double precision from the first value to the last.
    private static func norm(_ values: [Float]) -> Double {
        values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    }
}
