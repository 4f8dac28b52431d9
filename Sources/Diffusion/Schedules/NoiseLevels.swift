import Numbers

/// The noise levels that a run visits, sigma = sqrt((1 - abar)/abar) or, of an EDM model, its own sigma; falling
/// strictly.
///
/// diffusers keeps one list for each of its classes; what differs between them is in the three initialisers.
struct NoiseLevels: Sendable {
    /// One more than timesteps; the last, which is not evaluated, may be 0.
    let sigmas: [Float]
    /// What the network is told at each level.
    let timesteps: [Float]

    /// - Throws: `InvalidSetting` if the levels do not fall, which upstream turns into NaN.
    private init(sigmas: [Float], timesteps: [Float]) throws(InvalidSetting) {
        self.sigmas = sigmas
        self.timesteps = timesteps
        for (high, low) in zip(sigmas, sigmas.dropFirst()) where !(low < high && high.isFinite && low >= 0) {
            throw InvalidSetting(
                "steps", expected: "noise levels that fall all the way (final_sigmas_type, spacing or fewer steps)",
                got: "\(sigmas.count - 1), with sigma \(low) after \(high)")
        }
    }

    /// - Parameter final: the level behind them, unless they end on it already, as with `final_sigmas_type` `sigma_min`
    ///   where the lowest timestep is visited: from there upstream makes a step of no length.
    private init(_ sigmas: [Float], _ timesteps: [Float], to final: Float) throws(InvalidSetting) {
        // Levels that are spread by their noise may end a rounding error below it.
        guard let last = sigmas.last, last <= final, last >= final * (1 - 1e-6) else {
            try self.init(sigmas: sigmas + [final], timesteps: timesteps)
            return
        }
        guard sigmas.count > 1 else {
            throw InvalidSetting("steps", expected: "at least 2, because final_sigmas_type is sigma_min", got: "1")
        }
        try self.init(sigmas: sigmas, timesteps: timesteps.dropLast())
    }

    /// The levels of DPM-Solver and UniPC: whole timesteps, the lowest left out.
    init(solving schedule: Schedule, steps: Int, honoursMinimumLambda: Bool) throws(InvalidSetting) {
        let configuration = schedule.configuration
        let table = SigmaTable(schedule)
        let highest = table.count(below: configuration.ceiling)
        let minimum = configuration.solver.minimumLambda
        let last = honoursMinimumLambda ? min(table.visited(minimumLambda: minimum), highest) : highest
        let final: Float = configuration.solver.finalSigma == .zero ? 0 : table.sigmas[0]
        try Timesteps.checkVisited(last, configuration)
        guard let spacing = configuration.sigmaSpacing else {
            let list = try Timesteps.multistep(
                steps: steps, spacing: configuration.spacing ?? .linspace, last: last, configuration: configuration)
            try self.init(sigmas: list.map { table.sigmas[$0] } + [final], timesteps: list.map { Float($0) })
            return
        }
        try Timesteps.checkCount(steps, total: table.count)
        let sigmas = spacing.levels(
            from: configuration.highest(Double(table.sigmas[last - 1])),
            to: configuration.sigmaMinimum ?? Double(table.sigmas[0]), count: steps)
        let exact = sigmas.map { table.timestep($0) }
        let rounds = spacing == .karras || spacing == .lu
        let isCosine = configuration.betaSchedule == .squaredCosine
        let whole = exact.map { (rounds && !isCosine ? $0.rounded(.toNearestOrEven) : $0).rounded(.towardZero) }
        // Upstream loses its place where two levels share a timestep: there the network is told the real one.
        let timesteps = Set(whole).count == whole.count ? whole : exact
        try self.init(sigmas: sigmas.map { Float($0) } + [final], timesteps: timesteps.map { Float($0) })
    }

    /// The levels of Euler's and Heun's methods: timesteps need not be whole.
    init(
        integrating schedule: Schedule, steps: Int, final: SolverConfiguration.FinalSigma = .zero
    ) throws(InvalidSetting) {
        let configuration = schedule.configuration
        let table = SigmaTable(schedule)
        let highest = table.count(below: configuration.ceiling)
        let lowest: Float = final == .zero ? 0 : table.sigmas[0]
        guard let spacing = configuration.sigmaSpacing else {
            let list = try Self.integratedTimesteps(configuration, steps: steps, last: highest)
            try self.init(list.map { Float(table.sigma($0)) }, list, to: lowest)
            return
        }
        var ends = (first: Double(table.sigmas[highest - 1]), last: Double(table.sigmas[0]))
        if configuration.ceiling == nil {
            // Upstream spreads between the ends of its list of timesteps, which under a ceiling is not needed.
            let list = try Self.integratedTimesteps(configuration, steps: steps, last: highest)
            ends = (table.sigma(list[0]), table.sigma(list[list.count - 1]))
        }
        try Timesteps.checkCount(steps, total: table.count)
        let spread = spacing.levels(
            from: configuration.highest(ends.first), to: configuration.sigmaMinimum ?? ends.last, count: steps)
        try self.init(spread.map { Float($0) }, spread.map { Float(table.timestep($0)) }, to: lowest)
    }

    /// The timesteps of Euler's and Heun's methods, at least one.
    private static func integratedTimesteps(
        _ configuration: SchedulerConfiguration, steps: Int, last: Int
    ) throws(InvalidSetting) -> [Float] {
        switch configuration.spacing ?? .linspace {
        case .linspace:
            try Timesteps.checkCount(steps, total: configuration.trainingSteps)
            return Timesteps.fractional(steps: steps, total: last)
        case let spacing:
            return try Timesteps.discrete(
                steps: steps, spacing: spacing, last: last, configuration: configuration
            ).map { Float($0) }
        }
    }

    /// The levels of Karras et al. 2022, eq. 5, for a variance-preserving model: from 80 to 0.002, within its table.
    init(wrapping schedule: Schedule, steps: Int) throws(InvalidSetting) {
        let table = SigmaTable(schedule)
        try Timesteps.checkCount(steps, total: table.count)
        let (lowest, highest) = (Double(table.sigmas[0]), Double(table.sigmas[table.count - 1]))
        let configuration = schedule.configuration
        let sigmas = (configuration.sigmaSpacing ?? .karras).levels(
            from: min(configuration.highest(80), highest), to: max(configuration.sigmaMinimum ?? 0.002, lowest),
            count: steps)
        try self.init(sigmas: sigmas.map { Float($0) } + [0], timesteps: sigmas.map { Float(table.timestep($0)) })
    }

    /// The levels of a model with the preconditioning of EDM.
    init(_ model: EDMConfiguration, configuration: SchedulerConfiguration, steps: Int) throws(InvalidSetting) {
        try Timesteps.checkCount(steps, total: configuration.trainingSteps)
        let sigmas = (configuration.sigmaSpacing ?? model.spacing).levels(
            from: model.sigmaMaximum, to: model.sigmaMinimum, count: steps, rho: model.rho
        ).map { Float($0) }
        let timesteps = sigmas.map { Float(0.25 * ElementaryFunctions.log(Double($0))) }
        guard configuration.solver.finalSigma == .minimum else {
            try self.init(sigmas: sigmas + [0], timesteps: timesteps)
            return
        }
        // The list ends on the final level already, from where upstream makes a step of no length.
        guard steps > 1 else {
            throw InvalidSetting("steps", expected: "at least 2, because final_sigmas_type is sigma_min", got: "1")
        }
        try self.init(sigmas: sigmas, timesteps: timesteps.dropLast())
    }
}

extension SchedulerConfiguration {
    /// Where levels that are spread by their noise begin: at the file's `sigma_max` or else the level given, under the
    /// ceiling.
    fileprivate func highest(_ level: Double) -> Double { min(sigmaMaximum ?? level, ceiling ?? .infinity) }
}
