import Numbers

/// DPM-Solver++ multistep, Lu et al. 2022 (arXiv 2211.01095), algorithm 2 and its third-order sibling, and its form for
/// the stochastic equation, with the order policy of diffusers `scheduling_dpmsolver_multistep.py`
/// (ModelSpecification.md section 10.1) and of `scheduling_edm_dpmsolver_multistep.py`.
struct DPMSolverSampler: LevelledSampler {
    private let timesteps: [Float]
    /// One more than timesteps.
    let levels: [SolverLevel]
    let solver: SolverConfiguration
    private let isStochastic: Bool
    let parameterisation: Parameterisation
    let correction: Correction
    let initialScale: Float

    init(schedule: Schedule, steps: Int, isStochastic: Bool) throws(InvalidSetting) {
        let configuration = schedule.configuration
        self.isStochastic = isStochastic
        solver = configuration.solver
        parameterisation = Parameterisation(configuration)
        correction = Correction(configuration)
        if let edm = configuration.edm {
            let list = try NoiseLevels(edm, configuration: configuration, steps: steps)
            timesteps = list.timesteps
            levels = list.sigmas.map { SolverLevel(unscaled: $0) }
            initialScale = Float((edm.sigmaMaximum * edm.sigmaMaximum + 1).squareRoot())
        } else {
            let list = try NoiseLevels(solving: schedule, steps: steps, honoursMinimumLambda: true)
            timesteps = list.timesteps
            levels = list.sigmas.map { SolverLevel(sigma: $0) }
            initialScale = 1
        }
    }

    var evaluations: Int { timesteps.count }
    func historyCount(_ index: Int) -> Int { min(index, solver.order - 1) }
    func timestep(_ state: SamplerState, _ index: Int) -> Float { timesteps[index] }
    func level(_ state: SamplerState, _ index: Int) -> NoiseLevel { levels[index].level }
    func needsNoise(_ index: Int) -> Bool { isStochastic && levels[index + 1].sigma > 0 }

    func advance(_ state: inout SamplerState, image: [Float], prediction: [Float], noise: [Float], at index: Int) {
        if levels[index + 1].sigma == 0 {
            // h is infinite and e^-h zero: the step ends on the estimate itself.
            state.latent = image
        } else if isStochastic {
            advanceStochastically(&state, image, noise: noise, order: order(at: index), at: index)
        } else {
            switch order(at: index) {
            case 1: firstOrder(&state.latent, image, at: index)
            case 2: secondOrder(&state.latent, image, state.history[0], at: index)
            default: thirdOrder(&state.latent, image, state.history[0], state.history[1], at: index)
            }
        }
        if solver.order > 1 { state.history = Array(([image] + state.history).prefix(solver.order - 1)) }
    }

    /// The order of a step: what the history allows, less at the end of short runs.
    private func order(at index: Int) -> Int {
        let fromEnd = timesteps.count - 1 - index
        let short = solver.lowerOrderFinal && timesteps.count < 15
        if fromEnd == 0, solver.eulerAtFinal || short || solver.finalSigma == .zero { return 1 }
        let possible = min(solver.order, index + 1)
        return fromEnd == 1 && short ? min(possible, 2) : possible
    }

    /// lambda of the next level minus lambda of this one.
    func interval(_ index: Int) -> Float { levels[index + 1].lambda - levels[index].lambda }
}

/// A noise level in float32: x = alpha image + sigma z, and lambda = ln alpha - ln sigma, the time of the exponential
/// integrators.
struct SolverLevel: Sendable {
    let alpha: Float, sigma: Float, lambda: Float

    var level: NoiseLevel { NoiseLevel(signal: alpha, noise: sigma) }

    /// Makes the level of a variance-preserving sample; `sigma` is that of the unscaled one, sqrt((1 - abar)/abar).
    init(sigma: Float) {
        alpha = 1 / (sigma * sigma + 1).squareRoot()
        self.sigma = sigma * alpha
        lambda = ElementaryFunctions.log(alpha) - ElementaryFunctions.log(self.sigma)
    }

    /// Makes the level of a sample image + sigma z.
    init(unscaled sigma: Float) {
        alpha = 1
        self.sigma = sigma
        lambda = -ElementaryFunctions.log(sigma)
    }
}
