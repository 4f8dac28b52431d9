import Tensors

/// DPM-Solver++ multistep, Lu et al. 2022 (arXiv 2211.01095), algorithm 2 and its third-order sibling, in the form and
/// with the order policy of diffusers `scheduling_dpmsolver_multistep.py` (model_spec section 10.1).
///
/// Levels are sigma = sqrt((1 - abar)/abar) at the chosen timesteps and a last one; x = alpha (x_0 + sigma z) with
/// alpha = 1/sqrt(1 + sigma^2), and lambda = ln alpha - ln(alpha sigma) is the time of the exponential integrator.
struct DPMSolverSampler: Sampler {
    /// A noise level in float32.
    private struct Level {
        let alpha: Float, sigma: Float, lambda: Float

        init(sigma: Float) {
            alpha = 1 / (sigma * sigma + 1).squareRoot()
            self.sigma = sigma * alpha
            lambda = DPMSolverSampler.log(alpha) - DPMSolverSampler.log(self.sigma)
        }
    }

    private let timesteps: [Int]
    /// One more than timesteps.
    private let levels: [Level]
    private let solver: SolverConfiguration
    private let prediction: PredictionType
    private let correction: Correction

    init(schedule: Schedule, steps: Int) throws(InvalidSetting) {
        let configuration = schedule.configuration
        solver = configuration.solver
        prediction = configuration.prediction
        correction = Correction(configuration, clips: false)
        var alphaBar = schedule.alphaBar
        // The smallest half-precision number for the last level of a zero-SNR table, whose sigma would be infinite.
        if configuration.rescalesToZeroSNR { alphaBar[alphaBar.count - 1] = 0x1p-24 }
        let last = Self.visited(alphaBar, minimumLambda: solver.minimumLambda)
        timesteps = try Timesteps.multistep(
            steps: steps, spacing: configuration.spacing ?? .linspace, last: last, configuration: configuration)
        func sigma(_ t: Int) -> Float { ((1 - alphaBar[t]) / alphaBar[t]).squareRoot() }
        levels = timesteps.map { Level(sigma: sigma($0)) } + [Level(sigma: solver.finalSigma == .zero ? 0 : sigma(0))]
        // With sigma_min as the last level, timestep 0 has nowhere to go.
        guard levels[levels.count - 1].lambda > levels[levels.count - 2].lambda else {
            throw InvalidSetting("steps", expected: "timesteps above 0, because final_sigmas_type is sigma_min", got: "\(steps)")
        }
    }

    /// How many timesteps from 0 have lambda of at least the minimum (`torch.searchsorted` on the reversed table).
    private static func visited(_ alphaBar: [Float], minimumLambda: Double) -> Int {
        let minimum = Float(minimumLambda)
        return alphaBar.count { log($0.squareRoot()) - log((1 - $0).squareRoot()) >= minimum }
    }

    var evaluations: Int { timesteps.count }
    var historyLimit: Int { solver.order - 1 }
    func timestep(_ index: Int) -> Float { Float(timesteps[index]) }
    func needsNoise(_ index: Int) -> Bool { false }

    func sigma(_ index: Int) -> Float { levels[index].sigma / levels[index].alpha }

    func denoise(_ state: SamplerState, prediction output: [Float], at index: Int) -> [Float] {
        let level = levels[index]
        var image = prediction.denoised(latent: state.latent, output: output, signal: level.alpha, noise: level.sigma)
        correction.apply(to: &image)
        return image
    }

    func advance(_ state: inout SamplerState, image: [Float], prediction: [Float], noise: [Float], at index: Int) {
        if levels[index + 1].sigma == 0 {
            // h is infinite and e^-h zero: the step ends on the estimate itself.
            state.latent = image
        } else {
            switch order(at: index) {
            case 1: firstOrder(&state.latent, image, at: index)
            case 2: secondOrder(&state.latent, image, state.history[0], at: index)
            default: thirdOrder(&state.latent, image, state.history[0], state.history[1], at: index)
            }
        }
        if historyLimit > 0 { state.history = Array(([image] + state.history).prefix(historyLimit)) }
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
    private func interval(_ index: Int) -> Float { levels[index + 1].lambda - levels[index].lambda }

    private func firstOrder(_ latent: inout [Float], _ m0: [Float], at index: Int) {
        let (level, next, h) = (levels[index], levels[index + 1], interval(index))
        let a = next.sigma / level.sigma
        let b = next.alpha * (Self.exp(-h) - 1)
        for i in latent.indices { latent[i] = a * latent[i] - b * m0[i] }
    }

    private func secondOrder(_ latent: inout [Float], _ m0: [Float], _ m1: [Float], at index: Int) {
        let (level, next, h) = (levels[index], levels[index + 1], interval(index))
        let inverseRatio = 1 / (interval(index - 1) / h)
        let a = next.sigma / level.sigma
        let b = next.alpha * (Self.exp(-h) - 1)
        switch solver.step {
        case .midpoint:
            let c = 0.5 * b
            for i in latent.indices {
                let d = inverseRatio * (m0[i] - m1[i])
                latent[i] = a * latent[i] - b * m0[i] - c * d
            }
        case .heun:
            let c = next.alpha * ((Self.exp(-h) - 1) / h + 1)
            for i in latent.indices {
                let d = inverseRatio * (m0[i] - m1[i])
                latent[i] = a * latent[i] - b * m0[i] + c * d
            }
        }
    }

    private func thirdOrder(_ latent: inout [Float], _ m0: [Float], _ m1: [Float], _ m2: [Float], at index: Int) {
        let (level, next, h) = (levels[index], levels[index + 1], interval(index))
        let (r0, r1) = (interval(index - 1) / h, interval(index - 2) / h)
        let (inverse0, inverse1, inverseSum) = (1 / r0, 1 / r1, 1 / (r0 + r1))
        let share = r0 / (r0 + r1)
        let a = next.sigma / level.sigma
        let e = Self.exp(-h) - 1
        let b = next.alpha * e
        let c = next.alpha * (e / h + 1)
        let d = next.alpha * ((e + h) / (h * h) - 0.5)
        for i in latent.indices {
            let first = inverse0 * (m0[i] - m1[i])
            let difference = first - inverse1 * (m1[i] - m2[i])
            let d1 = first + share * difference
            let d2 = inverseSum * difference
            latent[i] = a * latent[i] - b * m0[i] + c * d1 - d * d2
        }
    }

    private static func exp(_ x: Float) -> Float { Float(ElementaryFunctions.exp(Double(x))) }
    private static func log(_ x: Float) -> Float { Float(ElementaryFunctions.log(Double(x))) }
}
