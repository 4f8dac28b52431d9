/// What making an image of a recipe takes, without making it.
extension Recipe {
    /// Rows of the network's batch that one evaluation takes at most: 2 where condition and null are both needed.
    public var rowsPerEvaluation: Int {
        max(Guidance(self, acts: true).inputs.count, Guidance(self, acts: false).inputs.count)
    }

    /// Steps of the run with its returns, reckoned without listing them. What it takes to plan the run is in
    /// proportion.
    public var visits: Int { restoration?.resampling.visits(steps: settings.steps) ?? settings.steps }

    /// Refuses inputs that are not those that the recipe names, without beginning the run.
    ///
    /// - Throws: `InvalidSetting` also if the run cannot be made.
    public func check(_ inputs: RestorationInputs?) throws(InvalidSetting) {
        try validate()
        _ = try makeSampler(try measurement(inputs))
    }

    /// Network evaluations of the whole run.
    ///
    /// - Throws: `InvalidSetting` if the run cannot be made.
    public func evaluations() throws(InvalidSetting) -> Int { try makeSampler(nil).evaluations }

    /// Rows of the network of the whole run, or the most there can be: less than evaluations times `rowsPerEvaluation`
    /// where guidance acts in an interval only.
    ///
    /// - Throws: `InvalidSetting` if the run cannot be made.
    public func networkRows() throws(InvalidSetting) -> Int {
        let sampler = try makeSampler(nil)
        let total = sampler.evaluations
        guard let guidanceInterval = settings.guidanceInterval, sampler.adaptive == nil else {
            return total * rowsPerEvaluation
        }
        let state = SamplerState(latent: [])
        let (guided, unguided) = (Guidance(self, acts: true).inputs.count, Guidance(self, acts: false).inputs.count)
        return (0..<total).reduce(0) { rows, index in
            rows + (guidanceInterval.contains(index, of: total, sigma: sampler.sigma(state, index)) ? guided : unguided)
        }
    }
}
