/// What making one image of a recipe takes.
public struct RunWork: Sendable, Equatable {
    /// Network evaluations of the whole run; the most there can be where the sampler chooses its steps itself.
    public let evaluations: Int
    /// Rows of the network's batch that one evaluation takes at most: 2 where condition and null are both needed.
    public let rowsPerEvaluation: Int
    /// Rows of all evaluations, or the most there can be: less than evaluations times `rowsPerEvaluation` where
    /// guidance acts in an interval only.
    public let networkRows: Int

    init(_ recipe: Recipe, _ sampler: any Sampler) {
        let guided = Guidance(recipe, acts: true).inputs.count, unguided = Guidance(recipe, acts: false).inputs.count
        let evaluations = sampler.evaluations
        (self.evaluations, rowsPerEvaluation) = (evaluations, max(guided, unguided))
        guard let interval = recipe.guidanceInterval, sampler.adaptive == nil else {
            networkRows = evaluations * rowsPerEvaluation
            return
        }
        let state = SamplerState(latent: [])
        networkRows = (0..<evaluations).reduce(0) { rows, index in
            rows + (interval.contains(index, of: evaluations, sigma: sampler.sigma(state, index)) ? guided : unguided)
        }
    }
}

extension Recipe {
    /// Steps of the run with its returns, reckoned without listing them. What it takes to plan the run is in
    /// proportion.
    public var visits: Int { restoration?.resampling.visits(steps: settings.steps) ?? settings.steps }

    /// What making an image takes, found out without the pixels that a restoration begins with.
    ///
    /// - Throws: `InvalidSetting` if the run cannot be made.
    public func work() throws(InvalidSetting) -> RunWork { RunWork(self, try makeSampler(nil)) }
}
