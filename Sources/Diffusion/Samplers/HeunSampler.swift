/// Heun's method in sigma: Euler's step, then the step again with the mean of the slopes at its two ends, so two
/// network evaluations for every step but the last (Karras et al. 2022, algorithms 1 and 2; diffusers
/// `scheduling_heun_discrete.py`; NVlabs/edm `generate.py`). The sample is image + sigma z.
///
/// Between the two evaluations the history holds the estimate of the image at the beginning and the sample there.
struct HeunSampler: LevelledSampler {
    private struct Step {
        let timestep: Float
        /// The level, and the higher one that churn raises it to.
        let sigma: Float, raised: Float, next: Float
        /// The deviation of the noise that does it.
        let churn: Float
        let nextTimestep: Float
    }

    private let steps: [Step]
    let parameterisation: Parameterisation
    let correction: Correction
    let initialScale: Float

    /// As diffusers' Heun, on the levels of the training timesteps.
    init(schedule: Schedule, steps: Int) throws(InvalidSetting) {
        let configuration = schedule.configuration
        guard configuration.edm == nil else {
            try self.init(schedule: schedule, steps: steps, churn: Churn())
            return
        }
        let levels = try NoiseLevels(integrating: schedule, steps: steps)
        self.init(levels, schedule: schedule, churn: Churn(), initialScale: levels.initialScale(configuration))
    }

    /// As EDM's stochastic sampler, on Karras levels.
    init(schedule: Schedule, steps: Int, churn: Churn) throws(InvalidSetting) {
        let configuration = schedule.configuration
        let levels =
            if let edm = configuration.edm {
                try NoiseLevels(edm, configuration: configuration, steps: steps)
            } else {
                try NoiseLevels(wrapping: schedule, steps: steps)
            }
        self.init(levels, schedule: schedule, churn: churn, initialScale: levels.sigmas[0])
    }

    private init(_ levels: NoiseLevels, schedule: Schedule, churn: Churn, initialScale: Float) {
        let configuration = schedule.configuration
        let parameterisation = Parameterisation(wrapping: configuration)
        let table = SigmaTable(schedule)
        let count = levels.timesteps.count
        let share = min(churn.amount / Double(count), 2.0.squareRoot() - 1)
        steps = (0..<count).map { i in
            let sigma = levels.sigmas[i]
            let isChurned = share > 0 && Double(sigma) >= churn.lowest && Double(sigma) <= churn.highest
            let raised = isChurned ? Float(Double(sigma) * (1 + share)) : sigma
            let variance = Double(raised) * Double(raised) - Double(sigma) * Double(sigma)
            return Step(
                timestep: isChurned ? parameterisation.timestep(raised, table: table) : levels.timesteps[i],
                sigma: sigma, raised: raised, next: levels.sigmas[i + 1],
                churn: isChurned ? Float(variance.squareRoot() * churn.noise) : 0,
                nextTimestep: i + 1 < count
                    ? levels.timesteps[i + 1] : parameterisation.timestep(levels.sigmas[i + 1], table: table))
        }
        self.parameterisation = parameterisation
        self.initialScale = initialScale
        correction = Correction(configuration)
    }

    // A step that ends above 0 takes two evaluations; only the last can end at 0.
    var evaluations: Int { 2 * steps.count - (steps[steps.count - 1].next > 0 ? 0 : 1) }
    func historyCount(_ index: Int) -> Int { index % 2 == 1 && index < evaluations ? 2 : 0 }

    private func isSecond(_ index: Int) -> Bool { index % 2 == 1 }

    func timestep(_ state: SamplerState, _ index: Int) -> Float {
        isSecond(index) ? steps[index / 2].nextTimestep : steps[index / 2].timestep
    }

    func level(_ state: SamplerState, _ index: Int) -> NoiseLevel {
        NoiseLevel(sigma: isSecond(index) ? steps[index / 2].next : steps[index / 2].raised)
    }

    func perturbation(_ index: Int) -> Float { isSecond(index) ? 0 : steps[index / 2].churn }

    func advance(_ state: inout SamplerState, image: [Float], prediction: [Float], noise: [Float], at index: Int) {
        // The slopes (x - image)/sigma are not formed: at the sigma of 20000 where a cosine begins, differences would
        // leave nothing of the image. With r = next/raised, Euler's step is r x + (1 - r) image, and with the mean of
        // both slopes it is r x + (1 - r)(2 r - 1)/(2 r) image + (1 - r)/(2 r) image at its end.
        let step = steps[index / 2]
        let kept = step.next / step.raised
        let share = (step.raised - step.next) / step.raised
        if isSecond(index) {
            let (first, start) = (state.history[0], state.history[1])
            let second = share / (2 * kept)
            let factor = second * (2 * kept - 1)
            for i in image.indices { state.latent[i] = kept * start[i] + factor * first[i] + second * image[i] }
            state.history = []
        } else if step.next > 0 {
            state.history = [image, state.latent]
            for i in image.indices { state.latent[i] = kept * state.latent[i] + share * image[i] }
        } else {
            state.latent = image
        }
    }
}
