/// What a network's output stands for.
public enum PredictionType: String, Sendable, CaseIterable {
    /// The noise in the sample.
    case epsilon
    /// The clean image.
    case sample
    /// sqrt(abar) noise - sqrt(1 - abar) image (Salimans & Ho 2022).
    case velocity = "v_prediction"
}

/// The variance of DDPM's step (Ho et al. 2020, section 3.2; Nichol & Dhariwal 2021, eq. 15).
public enum VarianceType: String, Sendable, CaseIterable {
    case fixedSmall = "fixed_small"
    case fixedSmallLog = "fixed_small_log"
    case fixedLarge = "fixed_large"
    /// Upstream takes the square root of a logarithm here (NaN); it is the same as `fixedLarge`.
    case fixedLargeLog = "fixed_large_log"
    case learned
    case learnedRange = "learned_range"
}

/// Which training timesteps a run of fewer steps visits (Lin et al. 2023, table 2).
public enum TimestepSpacing: String, Sendable, CaseIterable {
    case linspace, leading, trailing
}

/// The fields of a diffusers `scheduler_config.json`, whatever class wrote it.
///
/// As in diffusers, the file of one class serves every sampler: a field that is absent takes the default of the
/// *sampler*, so it is optional here where those defaults differ.
public struct SchedulerConfiguration: Sendable, Equatable {
    /// `num_train_timesteps`.
    public var trainingSteps = 1000
    public var betaSchedule = BetaSchedule.linear(start: 0.0001, end: 0.02)
    /// `rescale_betas_zero_snr` (Lin et al. 2023, algorithm 1).
    public var rescalesToZeroSNR = false
    public var prediction = PredictionType.epsilon
    public var varianceType: VarianceType?
    /// `clip_sample`; only DDPM and DDIM know it, and take true.
    public var clipsSample: Bool?
    public var clipRange: Double = 1
    /// Dynamic thresholding (Saharia et al. 2022, section 2.3); wins over clipping.
    public var thresholding = false
    public var thresholdingRatio: Double = 0.995
    /// `sample_max_value`, the bound of thresholding; infinite where the file has null.
    public var sampleMaximum: Double = 1
    public var spacing: TimestepSpacing?
    /// Levels that are spread by their noise instead of by timesteps.
    public var sigmaSpacing: SigmaSpacing?
    /// `sigma_min` and `sigma_max`: the ends of `sigmaSpacing`; nil takes those of the table.
    public var sigmaMinimum: Double?, sigmaMaximum: Double?
    /// Levels above it are left out; nil leaves out none. No field of the file: `SamplerOptions.sigmaMaximum` sets it.
    var ceiling: Double?
    public var stepsOffset = 0
    /// `set_alpha_to_one` of DDIM: the level below the last timestep is the clean image.
    public var finalAlphaIsOne: Bool?
    public var solver = SolverConfiguration()
    /// The preconditioning of a model of EDM; nil for a variance-preserving one, for which the betas above stand.
    public var edm: EDMConfiguration?

    public init() {}
}

/// A model trained in the manner of Karras et al. 2022 ("Elucidating the design space of diffusion-based generative
/// models"), table 1, last column: no betas, but sigma itself, and a network wrapped in c_skip, c_out, c_in and
/// c_noise.
public struct EDMConfiguration: Sendable, Equatable {
    /// `sigma_min` and `sigma_max`.
    public var sigmaMinimum = 0.002, sigmaMaximum = 80.0
    /// `sigma_data`: the deviation of the training images.
    public var sigmaData = 0.5
    /// `rho` of the Karras levels.
    public var rho = 7.0
    /// `sigma_schedule`: karras or exponential.
    public var spacing = SigmaSpacing.karras

    public init() {}
}

/// The fields of multistep solvers (DPM-Solver++ and its kin).
public struct SolverConfiguration: Sendable, Equatable {
    public enum Step: String, Sendable, CaseIterable { case midpoint, heun }
    /// B(h) of UniPC (Zhao et al. 2023, section 3.1): h, or e^h - 1.
    public enum BFunction: String, Sendable, CaseIterable { case bh1, bh2 }
    public enum FinalSigma: String, Sendable, CaseIterable {
        case zero
        case minimum = "sigma_min"
    }

    /// `solver_order`, 1 to 3.
    public var order = 2
    /// `solver_type`.
    public var step = Step.midpoint
    /// `solver_type` of UniPC: its function B(h).
    public var unipc = BFunction.bh2
    /// `disable_corrector` of UniPC: the steps after which its corrector is left out.
    public var uncorrectedSteps: [Int] = []
    public var lowerOrderFinal = true
    public var eulerAtFinal = false
    public var finalSigma = FinalSigma.zero
    /// `lambda_min_clipped`: levels with less log signal-to-noise are left out; -infinity leaves out none.
    public var minimumLambda = -Double.infinity

    public init() {}
}
