import Numbers

/// The probability-flow equation dx/dt = -beta/2 (x + score) of a variance-preserving process (Song et al. 2021, "Score-based
/// generative modeling", eq. 13), from t = 1 to 1e-3 by a Runge-Kutta method that chooses its steps by the tolerance, each
/// image for itself (score_sde `get_ode_sampler`, which runs scipy's RK45 over the batch). The image is the estimate at the
/// end (Tweedie's formula).
///
/// `steps` of the recipe bounds the network evaluations. The history holds the slopes of the step under way; the numbers are
/// the time, the length of the step, the stage and whether the step before was rejected.
struct ProbabilityFlowSampler: AdaptiveSampler, LevelledSampler {
    /// What comes next. The first two find the length of the first step.
    private enum Stage {
        static let firstSlope = -2.0, trial = -1.0, end = 7.0
    }

    let evaluations: Int
    private let process: ContinuousSchedule
    private let table: SigmaTable
    private let tolerance: Double
    private let start: Double, end = 1e-3
    let parameterisation: Parameterisation
    let correction: Correction

    init(schedule: Schedule, steps: Int, options: SamplerOptions) throws(InvalidSetting) {
        let configuration = schedule.configuration
        try Timesteps.checkCount(steps, total: schedule.trainingSteps)
        guard !configuration.rescalesToZeroSNR,
            let process = ContinuousSchedule(configuration.betaSchedule, steps: schedule.trainingSteps)
        else {
            throw InvalidSetting(
                "sampler", expected: "another than probability-flow, as the beta_schedule of the model is not one of continuous time "
                    + "(linear, scaled_linear or squaredcos_cap_v2 without rescale_betas_zero_snr)", got: "probability-flow")
        }
        self.process = process
        evaluations = steps
        table = SigmaTable(schedule)
        tolerance = options.tolerance ?? 1e-5
        // The cosine's rate has a pole at 1; Lu et al. 2022 (DPM-Solver, appendix D.2) begin here.
        start = process == .cosine ? 0.9946 : 1
        parameterisation = Parameterisation(configuration)
        correction = Correction(configuration)
    }

    var initialNumbers: [Double] { [start, 0, Stage.firstSlope, 0] }

    func fraction(_ state: SamplerState) -> Double {
        if state.numbers[2] == Stage.end { return 1 }
        return min((start - state.numbers[0]) / (start - end), 1.0.nextDown)
    }

    func accepts(_ state: SamplerState) -> Bool {
        guard state.numbers.count == 4 else { return false }
        let (time, length, stage, rejected) = (state.numbers[0], state.numbers[1], state.numbers[2], state.numbers[3])
        guard (end...start).contains(time), length >= 0, length <= start, rejected == 0 || rejected == 1,
            stage == stage.rounded(), (Stage.firstSlope...Stage.end).contains(stage)
        else { return false }
        switch stage {
        case Stage.firstSlope, Stage.end: return state.history.isEmpty
        case Stage.trial: return state.history.count == 1 && length > 0
        case 0: return false
        default: return state.history.count == Int(stage) && length > 0 && time > end
        }
    }

    /// The time at which the network is asked.
    private func time(_ state: SamplerState) -> Double {
        let (time, length, stage) = (state.numbers[0], state.numbers[1], state.numbers[2])
        switch stage {
        case Stage.firstSlope: return time
        case Stage.trial: return max(time - length, end)
        case 6: return max(time - length, end)
        default: return max(time - RungeKutta.nodes[Int(stage)] * length, end)
        }
    }

    func level(_ state: SamplerState, _ index: Int) -> NoiseLevel {
        let time = time(state)
        return NoiseLevel(signal: Float(process.mean(time)), noise: Float(process.standardDeviation(time)))
    }

    func timestep(_ state: SamplerState, _ index: Int) -> Float {
        let time = time(state)
        return Float(table.timestep(process.standardDeviation(time) / process.mean(time)))
    }

    func sample(_ state: SamplerState, _ index: Int) -> [Float] {
        let (length, stage) = (state.numbers[1], state.numbers[2])
        switch stage {
        case Stage.firstSlope: return state.latent
        case Stage.trial:
            return state.latent.indices.map { Float(Double(state.latent[$0]) - length * Double(state.history[0][$0])) }
        default: return RungeKutta.sample(state.latent, state.history, stage: Int(stage), h: -length)
        }
    }

    func advance(_ state: inout SamplerState, image: [Float], prediction: [Float], noise: [Float], at index: Int) {
        let sample = sample(state, index)
        let slope = slope(sample, image: image, time: time(state))
        switch state.numbers[2] {
        case Stage.firstSlope:
            state.history = [slope]
            state.numbers[1] = trialLength(state.latent, slope)
            state.numbers[2] = Stage.trial
        case Stage.trial:
            state.numbers[1] = firstLength(state, trial: slope)
            state.numbers[2] = 1
        case 6: finishStep(&state, sample: sample, slope: slope, image: image)
        default:
            // The latest comes last here: the order of the tableau.
            state.history.append(slope)
            state.numbers[2] += 1
        }
    }

    /// -beta/2 (x + score), score = (m image - x)/std^2.
    private func slope(_ sample: [Float], image: [Float], time: Double) -> [Float] {
        let (mean, deviation) = (process.mean(time), process.standardDeviation(time))
        let (rate, variance) = (-0.5 * process.beta(time), deviation * deviation)
        return sample.indices.map { i in
            let x = Double(sample[i])
            return Float(rate * (x + (mean * Double(image[i]) - x) / variance))
        }
    }

    /// Hairer et al., section II.4: a first guess such that an explicit Euler step is small.
    private func trialLength(_ latent: [Float], _ slope: [Float]) -> Double {
        let d0 = RungeKutta.norm(latent, at: latent, tolerance: tolerance)
        let d1 = RungeKutta.norm(slope, at: latent, tolerance: tolerance)
        let guess = d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * d0 / d1
        return guess > 0 && guess < start - end ? guess : 1e-6
    }

    private func firstLength(_ state: SamplerState, trial slope: [Float]) -> Double {
        let (first, length) = (state.history[0], state.numbers[1])
        let d1 = RungeKutta.norm(first, at: state.latent, tolerance: tolerance)
        let change = first.indices.map { slope[$0] - first[$0] }
        let d2 = RungeKutta.norm(change, at: state.latent, tolerance: tolerance) / length
        let steepest = max(d1, d2)
        let next = steepest <= 1e-15 ? max(1e-6, length * 1e-3) : ElementaryFunctions.pow(0.01 / steepest, 0.2)
        let chosen = min(100 * length, next, start - end)
        return chosen > 0 ? chosen : length
    }

    /// Takes the step if its error is tolerated, and chooses the next one.
    private func finishStep(_ state: inout SamplerState, sample: [Float], slope: [Float], image: [Float]) {
        let (time, length) = (state.numbers[0], state.numbers[1])
        let slopes = state.history + [slope]
        let error = RungeKutta.errorNorm(slopes, from: state.latent, to: sample, h: length, tolerance: tolerance)
        guard error.isFinite else {
            // Nothing can be made of such numbers: the run ends, and its image says so.
            (state.latent, state.history, state.numbers[2]) = (image, [], Stage.end)
            return
        }
        let accepted = error < 1
        let factor = RungeKutta.factor(error, accepted: accepted, wasRejected: state.numbers[3] == 1)
        state.numbers[2] = 1
        guard accepted else {
            state.history = [state.history[0]]
            state.numbers[1] = length * factor
            state.numbers[3] = 1
            return
        }
        state.latent = sample
        // The last step is as long as what was left.
        guard length < time - end else {
            (state.latent, state.history) = (image, [])
            (state.numbers[0], state.numbers[2]) = (end, Stage.end)
            return
        }
        let reached = time - length
        state.history = [slope]
        state.numbers[0] = reached
        state.numbers[1] = min(length * factor, reached - end)
        state.numbers[3] = 0
    }
}
