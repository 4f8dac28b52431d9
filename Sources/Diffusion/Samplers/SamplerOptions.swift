/// What a request may set of a sampler beyond steps and eta. Nil is the model's own setting, or the sampler's default.
///
/// Of `spacing` and `stride` nil is what every run had before they stood in recipes: `Spacing.model` and
/// `Stride.training`. A request that names none is given those of `completed(for:model:method:)`, and its recipes say
/// so.
public struct SamplerOptions: Sendable, Equatable {
    /// How the levels are chosen: by timesteps or by noise.
    public enum Spacing: Sendable, Equatable {
        case timesteps(TimestepSpacing)
        case sigmas(SigmaSpacing)
        /// As the model's scheduler file says, whatever class wrote it, or the default of diffusers' class where it
        /// says nothing: diffusers' levels.
        case model

        /// Every name, those of timesteps first.
        public static let allCases: [Spacing] =
            TimestepSpacing.allCases.map { .timesteps($0) } + SigmaSpacing.allCases.map { .sigmas($0) } + [.model]

        public var name: String {
            switch self {
            case .timesteps(let spacing): spacing.rawValue
            case .sigmas(let spacing): spacing.rawValue
            case .model: "model"
            }
        }
    }

    /// Where a step of DDIM leads.
    public enum Stride: String, Sendable, CaseIterable {
        /// Steps go to the next timestep of the list.
        case list
        /// T / N (whole division) timesteps down, whatever the list says: diffusers' DDIM.
        case training
    }

    /// The kind of second-order step of DPM-Solver++ (midpoint, heun), or B(h) of UniPC (bh1, bh2).
    public enum Solver: String, Sendable, CaseIterable { case midpoint, heun, bh1, bh2 }

    /// The order of DPM-Solver++ and UniPC, 1 to 3.
    public var order: Int?
    public var spacing: Spacing?
    /// The stride of `ddim`.
    public var stride: Stride?
    /// The noise level that is not exceeded, sqrt((1 - abar)/abar), 1 to 1e6; of samplers that take a spacing by noise.
    public var sigmaMaximum: Double?
    public var solver: Solver?
    /// Whether estimates of the clean image are clipped to the range of images, [-1, 1] or the model's
    /// `clip_sample_range`.
    public var clip: Bool?
    /// The noise that `edm` adds.
    public var churn: Churn?
    /// The predictor of `predictor-corrector`.
    public var predictor: Predictor?
    /// Langevin steps at each level, of `predictor-corrector`; 1.
    public var correctorSteps: Int?
    /// The signal-to-noise ratio of a Langevin step, of `predictor-corrector`; 0.16.
    public var signalToNoise: Double?
    /// Relative and absolute error of a step of `probability-flow`; 1e-5.
    public var tolerance: Double?

    public init() {}

    /// The model's configuration with these options in their place.
    ///
    /// - Throws: `InvalidSetting` with a field such as `sampler_options/order`: an option that the sampler does not
    ///   take, or a value outside its range.
    func applied(to configuration: SchedulerConfiguration, of kind: SamplerKind) throws(InvalidSetting)
        -> SchedulerConfiguration
    {
        try validate(for: kind)
        var configuration = configuration
        if let order { configuration.solver.order = order }
        configuration.clipsSample = clip ?? kind.clips(configuration)
        switch spacing {
        case .timesteps(let timesteps): (configuration.spacing, configuration.sigmaSpacing) = (timesteps, nil)
        case .sigmas(let sigmas): configuration.sigmaSpacing = sigmas
        case .model, nil: break
        }
        if let sigmaMaximum {
            configuration.ceiling = sigmaMaximum
            if let own = configuration.edm?.sigmaMaximum { configuration.edm?.sigmaMaximum = min(own, sigmaMaximum) }
        }
        switch solver {
        case .midpoint: configuration.solver.step = .midpoint
        case .heun: configuration.solver.step = .heun
        case .bh1: configuration.solver.unipc = .bh1
        case .bh2: configuration.solver.unipc = .bh2
        case nil: break
        }
        return configuration
    }
}

/// The noise that EDM's sampler adds before a step (Karras et al. 2022, algorithm 2).
public struct Churn: Sendable, Equatable {
    /// S_churn; 0 adds none.
    public var amount = 0.0
    /// S_tmin and S_tmax: the levels between which it is added.
    public var lowest = 0.0, highest = Double.infinity
    /// S_noise: the deviation of what is added.
    public var noise = 1.0

    public init() {}

    static let range = "amount from 0, min from 0 to max, noise from 0 to 2"

    /// The same of what it is.
    var text: String { "amount \(amount), min \(lowest), max \(highest), noise \(noise)" }

    var isValid: Bool { amount >= 0 && amount.isFinite && lowest >= 0 && lowest <= highest && noise >= 0 && noise <= 2 }
}
