/// What making an image of a recipe takes, without making it.
extension Recipe {
    /// Rows of the network's batch that one evaluation takes at most: 2 where condition and null are both needed.
    public var rowsPerEvaluation: Int { max(Guidance(self, acts: true).inputs.count, Guidance(self, acts: false).inputs.count) }

    /// Network evaluations of the whole run.
    ///
    /// - Throws: `InvalidSetting` if the run cannot be made.
    public func evaluations() throws(InvalidSetting) -> Int { try makeSampler(nil).evaluations }

    /// Rows of the network of the whole run, or the most there can be: less than evaluations times `rowsPerEvaluation` where
    /// guidance acts in an interval only.
    ///
    /// - Throws: `InvalidSetting` if the run cannot be made.
    public func networkRows() throws(InvalidSetting) -> Int {
        let sampler = try makeSampler(nil)
        let total = sampler.evaluations
        guard let guidanceInterval, sampler.adaptive == nil else { return total * rowsPerEvaluation }
        let state = SamplerState(latent: [])
        return (0..<total).reduce(0) { rows, index in
            let acts = guidanceInterval.contains(index, of: total, sigma: sampler.sigma(state, index))
            return rows + Guidance(self, acts: acts).inputs.count
        }
    }
}
