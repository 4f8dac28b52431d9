/// Euler's method in sigma for dx/dsigma = (x - image)/sigma (Karras et al. 2022, eq. 4), and its ancestral form, whose
/// step goes further down and adds noise up to the level (diffusers `scheduling_euler_discrete.py`,
/// `scheduling_euler_ancestral_discrete.py` and `scheduling_edm_euler.py`; ModelSpecification.md section 10.3). The
/// sample is image + sigma z.
struct EulerSampler: LevelledSampler {
    private struct Step {
        let timestep: Float, sigma: Float
        /// Where the slope leads, and the deviation of the noise added there.
        let down: Float, up: Float

        init(timestep: Float, from sigma: Float, to next: Float, isAncestral: Bool) {
            self.timestep = timestep
            self.sigma = sigma
            guard isAncestral else {
                (down, up) = (next, 0)
                return
            }
            up = (next * next * (sigma * sigma - next * next) / (sigma * sigma)).squareRoot()
            // Rounding can leave less than nothing.
            down = max(next * next - up * up, 0).squareRoot()
        }
    }

    private let steps: [Step]
    let parameterisation: Parameterisation
    let correction: Correction
    let initialScale: Float

    init(schedule: Schedule, steps: Int, isAncestral: Bool) throws(InvalidSetting) {
        let configuration = schedule.configuration
        let levels: NoiseLevels
        if let edm = configuration.edm {
            levels = try NoiseLevels(edm, configuration: configuration, steps: steps)
            initialScale = Float((edm.sigmaMaximum * edm.sigmaMaximum + 1).squareRoot())
        } else {
            levels = try NoiseLevels(
                integrating: schedule, steps: steps, final: isAncestral ? .zero : configuration.solver.finalSigma)
            initialScale = levels.initialScale(configuration)
        }
        self.steps = levels.timesteps.indices.map { i in
            Step(
                timestep: levels.timesteps[i], from: levels.sigmas[i], to: levels.sigmas[i + 1],
                isAncestral: isAncestral)
        }
        parameterisation = Parameterisation(wrapping: configuration)
        correction = Correction(configuration)
    }

    var evaluations: Int { steps.count }
    func timestep(_ state: SamplerState, _ index: Int) -> Float { steps[index].timestep }
    func level(_ state: SamplerState, _ index: Int) -> NoiseLevel { NoiseLevel(sigma: steps[index].sigma) }
    func needsNoise(_ index: Int) -> Bool { steps[index].up > 0 }

    func advance(_ state: inout SamplerState, image: [Float], prediction: [Float], noise: [Float], at index: Int) {
        let step = steps[index]
        guard step.down > 0 else {
            // The end of the slope, without the rounding on the way there.
            state.latent = image
            return
        }
        // x + (x - image)/sigma (down - sigma), written as the mean that it is: at the sigma of 20000 where a cosine
        // begins, the difference of the two would leave nothing of the image.
        let kept = step.down / step.sigma
        let share = (step.sigma - step.down) / step.sigma
        for i in state.latent.indices { state.latent[i] = kept * state.latent[i] + share * image[i] }
        if !noise.isEmpty {
            for i in state.latent.indices { state.latent[i] += noise[i] * step.up }
        }
    }
}

extension NoiseLevels {
    /// diffusers' `init_noise_sigma` of its Euler and Heun schedulers: lists that begin at the last training timestep
    /// begin with noise alone, others with the deviation of an image and its noise.
    func initialScale(_ configuration: SchedulerConfiguration) -> Float {
        let highest = sigmas[0]
        return configuration.spacing == .leading ? (highest * highest + 1).squareRoot() : highest
    }
}
