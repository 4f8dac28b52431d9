import Numbers

/// The noise levels that a run visits, sigma = sqrt((1 - abar)/abar) or, of an EDM model, its own sigma; falling strictly.
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
    init(integrating schedule: Schedule, steps: Int, final: SolverConfiguration.FinalSigma = .zero) throws(InvalidSetting) {
        let configuration = schedule.configuration
        let table = SigmaTable(schedule)
        let highest = table.count(below: configuration.ceiling)
        let lowest: Float = final == .zero ? 0 : table.sigmas[0]
        if let spacing = configuration.sigmaSpacing, configuration.ceiling != nil {
            // Between the ends of the table: no list of timesteps is needed, which upstream spreads between the ends of.
            try Timesteps.checkCount(steps, total: table.count)
            try self.init(
                spreading: spacing, from: Double(table.sigmas[highest - 1]), to: Double(table.sigmas[0]), steps: steps,
                table, configuration, lowest: lowest)
            return
        }
        let chosen: [Float]
        switch configuration.spacing ?? .linspace {
        case .linspace:
            try Timesteps.checkCount(steps, total: table.count)
            chosen = Timesteps.fractional(steps: steps, total: highest)
        case let spacing:
            chosen = try Timesteps.discrete(
                steps: steps, spacing: spacing, last: highest, configuration: configuration
            ).map { Float($0) }
        }
        let sigmas = chosen.map { table.sigma($0) }
        guard let spacing = configuration.sigmaSpacing, let first = sigmas.first, let last = sigmas.last else {
            try self.init(sigmas: sigmas.map { Float($0) } + [lowest], timesteps: chosen)
            return
        }
        try self.init(spreading: spacing, from: first, to: last, steps: steps, table, configuration, lowest: lowest)
    }

    /// Levels spread by their noise between two, unless the file says other ends.
    private init(
        spreading spacing: SigmaSpacing, from first: Double, to last: Double, steps: Int, _ table: SigmaTable,
        _ configuration: SchedulerConfiguration, lowest: Float
    ) throws(InvalidSetting) {
        let spread = spacing.levels(
            from: configuration.highest(first), to: configuration.sigmaMinimum ?? last, count: steps)
        try self.init(sigmas: spread.map { Float($0) } + [lowest], timesteps: spread.map { Float(table.timestep($0)) })
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

/// sigma of every training timestep, and the way back.
struct SigmaTable: Sendable {
    /// float32, as upstream's.
    let sigmas: [Float]
    /// ln sigma in float32.
    private let logarithms: [Double]
    private let lambdas: [Float]

    init(_ schedule: Schedule) {
        var alphaBar = schedule.alphaBar
        // The smallest half-precision number for the last level of a zero-SNR table, whose sigma would be infinite.
        if schedule.configuration.rescalesToZeroSNR { alphaBar[alphaBar.count - 1] = 0x1p-24 }
        sigmas = alphaBar.map { ((1 - $0) / $0).squareRoot() }
        logarithms = sigmas.map { Double(ElementaryFunctions.log($0)) }
        lambdas = alphaBar.map { ElementaryFunctions.log($0.squareRoot()) - ElementaryFunctions.log((1 - $0).squareRoot()) }
    }

    var count: Int { sigmas.count }

    /// How many timesteps from 0 have a level of at most the ceiling; at least 1.
    func count(below ceiling: Double?) -> Int {
        guard let ceiling else { return count }
        return max(1, sigmas.count { Double($0) <= ceiling })
    }

    /// How many timesteps from 0 have lambda of at least the minimum (`torch.searchsorted` on the reversed table).
    func visited(minimumLambda: Double) -> Int {
        let minimum = Float(minimumLambda)
        return lambdas.count { $0 >= minimum }
    }

    /// sigma at a timestep that need not be whole (`numpy.interp`).
    func sigma(_ timestep: Float) -> Double {
        let place = min(max(Double(timestep), 0), Double(count - 1))
        let below = Int(place)
        let low = Double(sigmas[below])
        guard place > Double(below), below + 1 < count else { return low }
        return (Double(sigmas[below + 1]) - low) * (place - Double(below)) + low
    }

    /// The timestep of a level, linear in ln sigma between those of the table (diffusers' `_sigma_to_t`); 0 ... count - 1.
    func timestep(_ sigma: Double) -> Double {
        let logarithm = ElementaryFunctions.log(max(sigma, 1e-10))
        guard count > 1 else { return 0 }
        var (low, high) = (0, count - 1)
        // The last that is not higher, or the first.
        while low < high {
            let middle = (low + high + 1) / 2
            if logarithms[middle] <= logarithm { low = middle } else { high = middle - 1 }
        }
        let below = min(low, count - 2)
        let (first, second) = (logarithms[below], logarithms[below + 1])
        guard second > first else { return Double(below) }
        let weight = min(max((first - logarithm) / (first - second), 0), 1)
        return (1 - weight) * Double(below) + weight * Double(below + 1)
    }
}
