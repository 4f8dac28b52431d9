/// What making an image of a recipe takes, without making it.
extension Recipe {
    /// Rows of the network's batch that one evaluation takes at most: 2 where condition and null are both needed.
    public var rowsPerEvaluation: Int { max(Guidance(self, acts: true).inputs.count, Guidance(self, acts: false).inputs.count) }

    /// Network evaluations of the whole run.
    ///
    /// - Throws: `InvalidSetting` if the run cannot be made.
    public func evaluations() throws(InvalidSetting) -> Int { try makeSampler(nil).evaluations }

    /// Rows of the network of the whole run: less than evaluations times `rowsPerEvaluation` where guidance acts in an
    /// interval only.
    ///
    /// - Throws: `InvalidSetting` if the run cannot be made.
    public func networkRows() throws(InvalidSetting) -> Int {
        let sampler = try makeSampler(nil)
        return (0..<sampler.evaluations).reduce(0) { rows, index in
            rows + Guidance(self, acts: isGuided(sampler, at: index)).inputs.count
        }
    }

    func isGuided(_ sampler: any Sampler, at index: Int) -> Bool {
        guard let guidanceInterval else { return true }
        return guidanceInterval.contains(index, of: sampler.evaluations, sigma: sampler.sigma(index))
    }
}
