/// What making an image of a recipe takes, without making it.
extension Recipe {
    /// Rows of the network's batch that one evaluation takes: 2 where condition and null are both needed.
    public var rowsPerEvaluation: Int { Guidance(self).inputs.count }

    /// Network evaluations of the whole run.
    ///
    /// - Throws: `InvalidSetting` if the run cannot be made.
    public func evaluations() throws(InvalidSetting) -> Int {
        try sampler.sampler(schedule: Schedule(scheduler), steps: steps, eta: eta).evaluations
    }
}
