import Numbers

/// Ancestral sampling, Ho et al. 2020, algorithm 2, with fewer steps than training where wanted: the posterior between
/// a timestep and the next one *of the list* (ModelSpecification.md section 8; diffusers `scheduling_ddpm.py`).
struct DDPMSampler: LevelledSampler {
    /// A step from a level to the next, in float32 as torch's 0-dimensional tensors.
    private struct Step {
        let timestep: Int
        /// sqrt(abar_t), sqrt(1 - abar_t).
        let level: NoiseLevel
        /// mean = image x_0 + sample x_t (eq. 7).
        let image: Float, sample: Float
        /// The lower bound of the variance (eq. 7), and beta, its upper bound.
        let variance: Float, beta: Float

        init(_ schedule: Schedule, from timestep: Int, to previous: Int) {
            let alphaBar = schedule.alphaBar[timestep]
            let previousAlphaBar: Float = previous >= 0 ? schedule.alphaBar[previous] : 1
            let alpha = alphaBar / previousAlphaBar
            self.timestep = timestep
            beta = 1 - alpha
            level = schedule.level(timestep)
            image = (previousAlphaBar.squareRoot() * beta) / (1 - alphaBar)
            sample = alpha.squareRoot() * (1 - previousAlphaBar) / (1 - alphaBar)
            variance = max((1 - previousAlphaBar) / (1 - alphaBar) * beta, 1e-20)
        }
    }

    private let steps: [Step]
    let parameterisation: Parameterisation
    private let variance: VarianceType
    let correction: Correction

    init(schedule: Schedule, steps: Int) throws(InvalidSetting) {
        let configuration = schedule.configuration
        let timesteps = try Timesteps.discrete(
            steps: steps, spacing: configuration.spacing ?? .leading, configuration: configuration)
        self.steps = timesteps.indices.map { i in
            Step(schedule, from: timesteps[i], to: i + 1 < timesteps.count ? timesteps[i + 1] : -1)
        }
        parameterisation = Parameterisation(configuration)
        variance = configuration.varianceType ?? .fixedSmall
        correction = Correction(configuration)
    }

    var evaluations: Int { steps.count }
    func timestep(_ state: SamplerState, _ index: Int) -> Float { Float(steps[index].timestep) }
    func needsNoise(_ index: Int) -> Bool { steps[index].timestep > 0 }

    func level(_ state: SamplerState, _ index: Int) -> NoiseLevel { steps[index].level }

    func advance(
        _ state: inout SamplerState, image: [Float], prediction output: [Float], noise: [Float], at index: Int
    ) {
        let step = steps[index]
        let count = state.latent.count
        for i in 0..<count { state.latent[i] = step.image * image[i] + step.sample * state.latent[i] }
        guard !noise.isEmpty else { return }
        if let deviation = fixedDeviation(step) {
            for i in 0..<count { state.latent[i] += deviation * noise[i] }
        } else {
            // Without a second half of the output there is nothing learned: the posterior's own variance.
            let learned = output.count == 2 * count ? output[count...] : []
            addLearned(noise, variance: learned, step: step, to: &state.latent)
        }
    }

    /// The standard deviation where it is one number; nil where the network says it.
    private func fixedDeviation(_ step: Step) -> Float? {
        switch variance {
        case .fixedSmall: step.variance.squareRoot()
        case .fixedSmallLog: ElementaryFunctions.exp(0.5 * ElementaryFunctions.log(step.variance))
        case .fixedLarge, .fixedLargeLog: step.beta.squareRoot()
        case .learned, .learnedRange: nil
        }
    }

    private func addLearned(
        _ noise: [Float], variance learned: ArraySlice<Float>, step: Step, to latent: inout [Float]
    ) {
        guard !learned.isEmpty else {
            let deviation = step.variance.squareRoot()
            for i in latent.indices { latent[i] += deviation * noise[i] }
            return
        }
        let start = learned.startIndex
        if variance == .learned {
            for i in latent.indices { latent[i] += learned[start + i].squareRoot() * noise[i] }
            return
        }
        // Nichol & Dhariwal 2021, eq. 15, with the network's number in [-1, 1].
        let (low, high) = (ElementaryFunctions.log(step.variance), ElementaryFunctions.log(step.beta))
        for i in latent.indices {
            let fraction = (learned[start + i] + 1) / 2
            latent[i] += ElementaryFunctions.exp(0.5 * (fraction * high + (1 - fraction) * low)) * noise[i]
        }
    }
}
