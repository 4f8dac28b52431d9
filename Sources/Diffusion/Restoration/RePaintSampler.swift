/// RePaint, Lugmayr et al. 2022 (arXiv 2201.09865), algorithm 1, as diffusers' `RePaintScheduler` does it: at each step
/// what is kept comes from the given image at the noise of the next level, what is filled from the network, and jumps
/// back up let the two grow together.
///
/// The unknown part is a step of DDIM (any eta, as upstream) or of DDPM (as the paper). Noise is shared by both parts.
///
/// The levels are those of a spacing of timesteps; without one, or with `model`, upstream's: whole multiples of T / N,
/// which begin far from T where N does not divide it.
struct RePaintSampler: LevelledSampler {
    private struct Step {
        let timestep: Int
        /// sqrt(abar_t), sqrt(1 - abar_t).
        let level: NoiseLevel
        /// The level that the known part is noised to.
        let next: NoiseLevel
        /// The unknown part: image x_0 + sample x_t + direction e + deviation z.
        let image: Float, sample: Float, direction: Float, deviation: Float
        let climb: Climb

        init(_ levels: RePaintLevels, recipe: Recipe, visit: ResamplingPath.Visit) {
            let (alphaBar, next) = (levels.alphaBar(visit.level), levels.alphaBar(visit.level - 1))
            let variance = ((1 - next) / (1 - alphaBar)) * (1 - alphaBar / next)
            timestep = levels.timesteps[visit.level]
            level = NoiseLevel(signal: alphaBar.squareRoot(), noise: (1 - alphaBar).squareRoot())
            self.next = NoiseLevel(signal: next.squareRoot(), noise: (1 - next).squareRoot())
            if recipe.sampler == .ddpm {
                let alpha = alphaBar / next
                image = (next.squareRoot() * (1 - alpha)) / (1 - alphaBar)
                sample = alpha.squareRoot() * (1 - next) / (1 - alphaBar)
                (direction, deviation) = (0, variance.squareRoot())
            } else {
                deviation = Float(recipe.eta) * variance.squareRoot()
                (image, sample) = (next.squareRoot(), 0)
                direction = max(1 - next - deviation * deviation, 0).squareRoot()
            }
            climb = levels.climb(after: visit)
        }
    }

    /// The way up after a step.
    fileprivate enum Climb {
        /// x <- kept x + added z, once.
        case move(kept: Float, added: Float)
        /// By the betas of these timesteps.
        case betas(Range<Int>)
    }

    private let steps: [Step]
    private let schedule: Schedule
    private let isTorch: Bool
    let parameterisation: Parameterisation
    let correction: Correction
    private let measurement: Measurement?

    /// - Parameter measurement: of a `MaskOperator`; nil only to find out what a run takes.
    init(
        recipe: Recipe, resampling: Restoration.Resampling, schedule: Schedule, measurement: Measurement?
    ) throws(InvalidSetting) {
        guard recipe.eta >= 0, recipe.eta <= 1, recipe.sampler == .ddim || recipe.eta == 0 else {
            throw InvalidSetting(
                "eta", expected: recipe.sampler == .ddim ? "a number from 0 to 1" : "0, because only ddim takes it",
                got: "\(recipe.eta)")
        }
        let levels = try RePaintLevels(schedule, recipe: recipe)
        let path = try ResamplingPath(steps: levels.timesteps.count, resampling: resampling)
        steps = path.visits.map { Step(levels, recipe: recipe, visit: $0) }
        self.schedule = schedule
        isTorch = recipe.noise == .torch
        let configuration = schedule.configuration
        parameterisation = Parameterisation(configuration)
        correction = Correction(configuration)
        self.measurement = measurement
    }

    var evaluations: Int { steps.count }
    func timestep(_ state: SamplerState, _ index: Int) -> Float { Float(steps[index].timestep) }
    /// Also where it has no weight, as upstream.
    func needsNoise(_ index: Int) -> Bool { true }

    func level(_ state: SamplerState, _ index: Int) -> NoiseLevel { steps[index].level }

    func advance(
        _ state: inout SamplerState, image: [Float], prediction output: [Float], noise: [Float], at index: Int
    ) {
        let (step, latent) = (steps[index], state.latent)
        let estimate = parameterisation.noise(latent, output: output, at: step.level)
        let deviation = step.timestep > 0 ? step.deviation : 0
        for i in latent.indices {
            state.latent[i] =
                step.image * image[i] + step.sample * latent[i] + step.direction * estimate[i] + deviation * noise[i]
        }
        guard let measurement else { return }
        let known = measurement.system.measure(noise)
        let measured = parameterisation.noised(measurement.measured, noise: known, at: step.next)
        measurement.system.project(&state.latent, measured: measured)
    }

    func finish(_ image: inout [Float]) { measurement?.finish(&image) }

    func climb(_ state: inout SamplerState, drawing noise: inout Noise, after index: Int) {
        for (draw, move) in moves(steps[index].climb).enumerated() {
            let z = noise.forward(index, draw: draw, count: state.latent.count)
            for i in z.indices { state.latent[i] = move.kept * state.latent[i] + move.added * z[i] }
        }
    }

    /// With betas x <- sqrt(1 - beta) x + sqrt(beta) z for each; with noise that need not be torch's own in one move,
    /// which has the same distribution.
    private func moves(_ climb: Climb) -> [(kept: Float, added: Float)] {
        switch climb {
        case .move(let kept, let added): return [(kept, added)]
        case .betas(let timesteps):
            let betas = schedule.betas[timesteps]
            if isTorch { return betas.map { ((1 - $0).squareRoot(), $0.squareRoot()) } }
            guard !betas.isEmpty else { return [] }
            let share = betas.reduce(1.0) { $0 * (1 - Double($1)) }
            return [(Float(share.squareRoot()), Float((1 - share).squareRoot()))]
        }
    }
}

/// The levels of a run of RePaint, 0 the lowest; -1 is the clean image.
private struct RePaintLevels {
    let schedule: Schedule
    /// The timestep of each level.
    let timesteps: [Int]
    /// T / N where the levels are upstream's.
    private let stride: Int?

    init(_ schedule: Schedule, recipe: Recipe) throws(InvalidSetting) {
        self.schedule = schedule
        try Timesteps.checkCount(recipe.steps, total: schedule.trainingSteps)
        switch recipe.samplerOptions.spacing {
        case nil, .model:
            let stride = schedule.trainingSteps / recipe.steps
            timesteps = (0..<recipe.steps).map { $0 * stride }
            self.stride = stride
        case .timesteps(let spacing):
            timesteps = try Timesteps.discrete(
                steps: recipe.steps, spacing: spacing, configuration: schedule.configuration
            ).reversed()
            stride = nil
        case .sigmas(let spacing):
            throw InvalidSetting(
                "sampler_options/spacing", expected: "one of timesteps, because of method repaint",
                got: spacing.rawValue)
        }
    }

    func alphaBar(_ level: Int) -> Float { level >= 0 ? schedule.alphaBar[timesteps[level]] : 1 }

    /// From the level that a visit leads to.
    func climb(after visit: ResamplingPath.Visit) -> RePaintSampler.Climb {
        let start = timesteps[visit.level]
        // Upstream takes the betas from t on, which the strict forward process would take one further up.
        if let stride { return .betas(start..<(start + visit.climb * stride)) }
        guard visit.climb > 0 else { return .betas(start..<start) }
        let share = alphaBar(visit.level - 1 + visit.climb) / alphaBar(visit.level - 1)
        return .move(kept: share.squareRoot(), added: (1 - share).squareRoot())
    }
}
