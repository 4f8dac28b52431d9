/// Which sampler, by the names of the interface.
public enum SamplerKind: String, Sendable, CaseIterable {
    /// Ancestral sampling (Ho et al. 2020, algorithm 2).
    case ddpm
    /// Song et al. 2021.
    case ddim
    /// DPM-Solver++, multistep (Lu et al. 2022).
    case dpmSolverPlusPlus = "dpmsolver++"
    /// DPM-Solver++ for the stochastic equation (Lu et al. 2022, section 5 of the journal version).
    case stochasticDPMSolverPlusPlus = "dpmsolver++-sde"
    /// UniPC (Zhao et al. 2023).
    case unipc
    /// Euler's method in sigma (Karras et al. 2022, algorithm 1 without its correction).
    case euler
    /// Euler's method with ancestral noise.
    case eulerAncestral = "euler-ancestral"
    /// Heun's method in sigma (Karras et al. 2022, algorithm 1).
    case heun
    /// Heun's method with churn on Karras levels (Karras et al. 2022, algorithm 2); a variance-preserving model is
    /// wrapped.
    case edm
    /// Predictor and Langevin corrector (Song et al. 2021, "Score-based generative modeling", algorithms 3 and 5).
    case predictorCorrector = "predictor-corrector"
    /// The probability-flow equation by a Runge-Kutta method that chooses its steps (same, section 4.3).
    case probabilityFlow = "probability-flow"

    /// The schedule of a run: the model's, with the options of the sampler in their place.
    ///
    /// - Throws: `InvalidSetting` if it does not have such options or cannot sample such a model.
    func schedule(configuration: SchedulerConfiguration, options: SamplerOptions) throws(InvalidSetting) -> Schedule {
        let schedule = try Schedule(try options.applied(to: configuration, of: self))
        guard schedule.configuration.edm == nil || servesEDM else {
            throw InvalidSetting(
                "sampler",
                expected: Self.allCases.filter(\.servesEDM).map(\.rawValue).joined(separator: ", ")
                    + ", because the model has the preconditioning of EDM", got: rawValue)
        }
        return schedule
    }

    /// Whether estimates of the clean image are clipped where no option says: as diffusers' classes do, of which only
    /// these heed the file's `clip_sample`.
    func clips(_ configuration: SchedulerConfiguration) -> Bool {
        switch self {
        case .ddpm, .ddim: configuration.clipsSample ?? true
        case .heun: configuration.edm == nil && configuration.clipsSample ?? false
        case .dpmSolverPlusPlus, .stochasticDPMSolverPlusPlus, .unipc, .euler, .eulerAncestral, .edm,
            .predictorCorrector,
            .probabilityFlow:
            false
        }
    }

    /// Refuses what no model makes right: an eta that it does not take, fewer steps than its shortest run has.
    ///
    /// - Parameter steps: nil where they are the model's.
    package func check(steps: Int? = nil, eta: Double) throws(InvalidSetting) {
        guard self == .ddim || eta == 0 else {
            throw InvalidSetting("eta", expected: "0, because only ddim takes it", got: "\(eta)")
        }
        if let steps, self == .probabilityFlow { try ProbabilityFlowSampler.check(steps: steps) }
    }

    /// The sampler with its levels and coefficients for a run.
    ///
    /// - Parameters:
    ///   - schedule: what `schedule(configuration:options:)` gave.
    ///   - eta: only DDIM takes another value than 0.
    /// - Throws: `InvalidSetting` if the run cannot be made.
    func sampler(schedule: Schedule, steps: Int, eta: Double, options: SamplerOptions) throws(InvalidSetting)
        -> any Sampler
    {
        try check(eta: eta)
        switch self {
        case .ddpm: return try DDPMSampler(schedule: schedule, steps: steps)
        case .ddim:
            return try DDIMSampler(schedule: schedule, steps: steps, eta: eta, stride: options.stride ?? .training)
        case .dpmSolverPlusPlus: return try DPMSolverSampler(schedule: schedule, steps: steps, isStochastic: false)
        case .stochasticDPMSolverPlusPlus:
            return try DPMSolverSampler(schedule: schedule, steps: steps, isStochastic: true)
        case .unipc: return try UniPCSampler(schedule: schedule, steps: steps)
        case .euler: return try EulerSampler(schedule: schedule, steps: steps, isAncestral: false)
        case .eulerAncestral: return try EulerSampler(schedule: schedule, steps: steps, isAncestral: true)
        case .heun: return try HeunSampler(schedule: schedule, steps: steps)
        case .edm: return try HeunSampler(schedule: schedule, steps: steps, churn: options.churn ?? Churn())
        case .predictorCorrector:
            return try PredictorCorrectorSampler(schedule: schedule, steps: steps, options: options)
        case .probabilityFlow: return try ProbabilityFlowSampler(schedule: schedule, steps: steps, options: options)
        }
    }

    /// Whether it can sample a model with the preconditioning of EDM.
    public var servesEDM: Bool {
        switch self {
        case .dpmSolverPlusPlus, .stochasticDPMSolverPlusPlus, .euler, .heun, .edm: true
        case .ddpm, .ddim, .unipc, .eulerAncestral, .predictorCorrector, .probabilityFlow: false
        }
    }
}
