import Numbers

/// The probability-flow equation dx/dt = -beta/2 (x + score) of a variance-preserving process (Song et al. 2021,
/// "Score-based generative modeling", eq. 13), from t = 1 to 1e-3 by a Runge-Kutta method that chooses its steps by the
/// tolerance, each image for itself (score_sde `get_ode_sampler`, which runs scipy's RK45 over the batch). The image is
/// the estimate at the end (Tweedie's formula).
///
/// `steps` of the recipe bounds the network evaluations. The history holds the slopes of the step under way.
struct ProbabilityFlowSampler: AdaptiveSampler, LevelledSampler {
    let evaluations: Int
    private let process: ContinuousSchedule
    private let table: SigmaTable
    private let tolerance: Double
    private let start: Double, end = 1e-3
    let parameterisation: Parameterisation
    let correction: Correction

    /// Evaluations that the shortest run takes: two that find the length of the first step, and the six of one step.
    static let fewestEvaluations = 8

    /// Refuses runs without a step.
    static func check(steps: Int) throws(InvalidSetting) {
        guard steps >= fewestEvaluations else {
            throw InvalidSetting(
                "steps",
                expected: "at least \(fewestEvaluations) with probability-flow, which evaluates the network "
                    + "twice to find the length of its first step, and six times a step", got: "\(steps)")
        }
    }

    init(schedule: Schedule, steps: Int, options: SamplerOptions) throws(InvalidSetting) {
        let configuration = schedule.configuration
        try Timesteps.checkCount(steps, total: schedule.trainingSteps)
        guard !configuration.rescalesToZeroSNR,
            let process = ContinuousSchedule(configuration.betaSchedule, steps: schedule.trainingSteps)
        else {
            throw InvalidSetting(
                "sampler",
                expected: "another than probability-flow, as the beta_schedule of the model is not one of continuous "
                    + "time (linear, scaled_linear or squaredcos_cap_v2 without rescale_betas_zero_snr)",
                got: "probability-flow")
        }
        try Self.check(steps: steps)
        self.process = process
        evaluations = steps
        table = SigmaTable(schedule)
        tolerance = options.tolerance ?? 1e-5
        // The cosine's rate has a pole at 1; Lu et al. 2022 (DPM-Solver, appendix D.2) begin here.
        start = process == .cosine ? 0.9946 : 1
        parameterisation = Parameterisation(configuration)
        correction = Correction(configuration)
    }

    var initialControl: StepControl { StepControl(time: start) }

    /// A state that says nothing is at its beginning.
    private func control(_ state: SamplerState) -> StepControl { state.control ?? initialControl }

    func fraction(_ state: SamplerState) -> Double {
        let control = control(state)
        if control.stage == .end { return 1 }
        return min((start - control.time) / (start - end), 1.0.nextDown)
    }

    func accepts(_ state: SamplerState) -> Bool {
        guard let control = state.control, (end...start).contains(control.time),
            control.length >= 0, control.length <= start
        else { return false }
        switch control.stage {
        case .firstSlope, .end: return state.history.isEmpty
        case .trial: return state.history.count == 1 && control.length > 0
        case .slopes(let known): return state.history.count == known && control.length > 0 && control.time > end
        }
    }

    /// The time at which the network is asked.
    private func time(_ state: SamplerState) -> Double {
        let control = control(state)
        switch control.stage {
        case .firstSlope, .end: return control.time
        case .trial: return max(control.time - control.length, end)
        case .slopes(let known): return max(control.time - RungeKutta.nodes[known] * control.length, end)
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
        let control = control(state)
        switch control.stage {
        case .firstSlope, .end: return state.latent
        case .trial:
            return state.latent.indices.map {
                Float(Double(state.latent[$0]) - control.length * Double(state.history[0][$0]))
            }
        case .slopes(let known):
            return RungeKutta.sample(state.latent, state.history, stage: known, h: -control.length)
        }
    }

    func advance(_ state: inout SamplerState, image: [Float], prediction: [Float], noise: [Float], at index: Int) {
        let sample = sample(state, index)
        let slope = slope(sample, image: image, time: time(state))
        var control = control(state)
        switch control.stage {
        case .firstSlope:
            state.history = [slope]
            control.length = trialLength(state.latent, slope)
            control.stage = .trial
        case .trial:
            control.length = firstLength(state, trial: slope, length: control.length)
            control.stage = .slopes(1)
        case .slopes(6): finishStep(&state, &control, sample: sample, slope: slope, image: image)
        case .slopes(let known):
            // The latest comes last here: the order of the tableau.
            state.history.append(slope)
            control.stage = .slopes(known + 1)
        case .end: break
        }
        state.control = control
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

    private func firstLength(_ state: SamplerState, trial slope: [Float], length: Double) -> Double {
        let first = state.history[0]
        let d1 = RungeKutta.norm(first, at: state.latent, tolerance: tolerance)
        let change = first.indices.map { slope[$0] - first[$0] }
        let d2 = RungeKutta.norm(change, at: state.latent, tolerance: tolerance) / length
        let steepest = max(d1, d2)
        let next = steepest <= 1e-15 ? max(1e-6, length * 1e-3) : ElementaryFunctions.pow(0.01 / steepest, 0.2)
        let chosen = min(100 * length, next, start - end)
        return chosen > 0 ? chosen : length
    }

    /// Takes the step if its error is tolerated, and chooses the next one.
    private func finishStep(
        _ state: inout SamplerState, _ control: inout StepControl, sample: [Float], slope: [Float], image: [Float]
    ) {
        let (time, length) = (control.time, control.length)
        let slopes = state.history + [slope]
        let error = RungeKutta.errorNorm(slopes, from: state.latent, to: sample, h: length, tolerance: tolerance)
        guard error.isFinite else {
            // Nothing can be made of such numbers: the run ends, and its image says so.
            (state.latent, state.history, control.stage) = (image, [], .end)
            return
        }
        let accepted = error < 1
        let factor = RungeKutta.factor(error, accepted: accepted, wasRejected: control.wasRejected)
        control.stage = .slopes(1)
        guard accepted else {
            state.history = [state.history[0]]
            control.length = length * factor
            control.wasRejected = true
            return
        }
        state.latent = sample
        // The last step is as long as what was left.
        guard length < time - end else {
            (state.latent, state.history) = (image, [])
            (control.time, control.stage) = (end, .end)
            return
        }
        let reached = time - length
        state.history = [slope]
        control.time = reached
        control.length = min(length * factor, reached - end)
        control.wasRejected = false
    }
}
