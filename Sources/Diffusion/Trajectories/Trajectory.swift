/// One image being made: its recipe, its latent, the solver's history, its place in the run. A value: it can be copied,
/// saved, resumed elsewhere and stepped beside any others.
///
/// It does not call a network. While `evaluation` says what it needs, somebody evaluates the network and hands the
/// result to `advance`; `TrajectoryStepper.step` does so for many at once.
public struct Trajectory: Sendable {
    /// What it shares with the other images of its run.
    public let run: Run
    /// The run's, with the seed of this image.
    public let recipe: Recipe
    var state: SamplerState
    var noise: Noise
    /// Network evaluations done.
    public internal(set) var index: Int
    /// The latest estimate of the clean image, [channels, height, width], nominally in [-1, 1]; nil before the first
    /// evaluation and after a restart until the next one. It has no influence on what follows.
    public private(set) var preview: [Float]?

    /// An image at its beginning: x_T drawn.
    public init(_ run: Run, seed: UInt64) {
        (self.run, recipe, index) = (run, run.recipe(seed: seed), 0)
        let sampler = run.sampler
        var noise = Noise(recipe.noise, seed: seed)
        let scale = sampler.initialScale
        state = SamplerState(
            latent: noise.initial(count: recipe.count).map { scale * $0 }, control: sampler.adaptive?.initialControl)
        self.noise = noise
        perturb()
    }

    /// An image on its way.
    init(_ run: Run, seed: UInt64, state: SamplerState, noise: Noise, index: Int) {
        (self.run, recipe) = (run, run.recipe(seed: seed))
        (self.state, self.noise, self.index) = (state, noise, index)
    }

    /// The one image of a recipe.
    ///
    /// - Throws: what making its run throws.
    public init(recipe: Recipe, inputs: RestorationInputs? = nil) throws(InvalidSetting) {
        self.init(try Run(recipe, inputs: inputs), seed: recipe.seed)
    }

    var sampler: any Sampler { run.sampler }

    public var finished: Bool {
        if let adaptive = sampler.adaptive, adaptive.fraction(state) == 1 { return true }
        return index == sampler.evaluations
    }

    /// Evaluations done, and those of the whole run. A sampler that chooses its steps itself says how far it has
    /// come instead, in the same measure, so that the total is the same for every image of a recipe.
    public var progress: (done: Int, total: Int) {
        let total = sampler.evaluations
        guard let adaptive = sampler.adaptive, !finished else { return (finished ? total : index, total) }
        return (min(Int(adaptive.fraction(state) * Double(total)), total - 1), total)
    }

    /// Network evaluations done; of a sampler that chooses its steps not the same as its progress.
    public var evaluationsDone: Int { index }

    /// The current sample x_t, [channels, height, width]; when `finished`, the image, nominally in [-1, 1].
    public var latent: [Float] { state.latent }

    /// What the network must be asked next; nil when `finished`.
    public var evaluation: Evaluation? {
        guard !finished else { return nil }
        return Evaluation(
            sample: sampler.input(state, index), timestep: sampler.timestep(state, index), recipe: recipe,
            isGuided: isGuided)
    }

    /// Rows of the network's batch that `evaluation` takes: 2 where condition and null are both needed. 0 when
    /// `finished`.
    public var rowsOfNextEvaluation: Int { finished ? 0 : Guidance(recipe, acts: isGuided).inputs.count }

    private var isGuided: Bool {
        guard let interval = recipe.guidanceInterval else { return true }
        let (done, total) = progress
        return interval.contains(done, of: total, sigma: sampler.sigma(state, index))
    }

    /// Goes one evaluation further; without effect when `finished`.
    ///
    /// - Parameter prediction: the answer to `evaluation`, guidance applied: `recipe.count` values [channels, height,
    ///   width], or twice as many from a model that has learned its variance.
    /// - Throws: `InvalidSetting` if there are as many values as fit neither; the trajectory is unchanged.
    public mutating func advance(_ prediction: [Float]) throws(InvalidSetting) {
        let count = recipe.count
        guard prediction.count == count || prediction.count == 2 * count else {
            throw InvalidSetting("prediction", expected: "\(count) or \(2 * count) values", got: "\(prediction.count)")
        }
        guard !finished else { return }
        let fresh = sampler.needsNoise(index) ? noise.step(index, count: count) : []
        let image = sampler.denoise(state, prediction: prediction, at: index)
        sampler.advance(&state, image: image, prediction: prediction, noise: fresh, at: index)
        sampler.climb(&state, drawing: &noise, after: index)
        preview = image
        index += 1
        if finished { sampler.finish(&state.latent) }
        perturb()
    }

    /// Fresh noise before an evaluation, where the sampler adds some.
    private mutating func perturb() {
        guard !finished else { return }
        let deviation = sampler.perturbation(index)
        guard deviation > 0 else { return }
        let fresh = noise.perturbation(index, count: recipe.count)
        for i in state.latent.indices { state.latent[i] += deviation * fresh[i] }
    }

    /// The image of a finished run, [channels, height, width], nominally in [-1, 1].
    ///
    /// - Throws: `InvalidSetting` if the run is not finished or the network gave numbers that are not finite.
    public func image() throws(InvalidSetting) -> [Float] {
        guard finished else {
            throw InvalidSetting(
                "image", expected: "a finished run", got: "\(index) of \(sampler.evaluations) evaluations")
        }
        if let adaptive = sampler.adaptive, adaptive.fraction(state) < 1 {
            throw InvalidSetting(
                "steps", expected: "network evaluations enough to reach the end, or a larger tolerance",
                got: "\(recipe.steps), which was \(Int(100 * adaptive.fraction(state))) % of the way")
        }
        guard let bad = state.latent.firstIndex(where: { !$0.isFinite }) else { return state.latent }
        throw InvalidSetting("image", expected: "finite numbers", got: "\(state.latent[bad]) at element \(bad)")
    }
}

/// What a trajectory asks of the network.
public struct Evaluation: Sendable {
    /// [input channels, height, width]: the recipe's channels, and those that a conditional model is shown.
    public let sample: [Float]
    public let timestep: Float
    /// Size, condition and guidance stand in it.
    public let recipe: Recipe
    /// Whether guidance applies to this evaluation.
    public let isGuided: Bool
}
