import Diffusion

/// A series of images that has been found to be one that a model can make.
public struct PlannedSeries: Sendable {
    public let series: RecipeSeries
    public let model: ModelFacts
    /// The pixels that the recipe names by hash; nil for a generation.
    package let inputs: RestorationInputs?
    /// What one image takes.
    public let work: RunWork

    /// - Throws: `InvalidSetting` for what the model, or the program, cannot make.
    package init(_ series: RecipeSeries, model: ModelFacts, inputs: RestorationInputs?) throws(InvalidSetting) {
        (self.series, self.model, self.inputs) = (series, model, inputs)
        try model.check(series.first)
        work = try series.first.work()
        try series.first.check(inputs)
    }

    /// What a job stores of it.
    package var accepted: AcceptedRun { AcceptedRun(series: series, modelDefinition: model.definition) }

    /// What its images have in common, to be made once.
    ///
    /// - Throws: `InvalidSetting`.
    package func run() throws(InvalidSetting) -> Run { try Run(series.first, inputs: inputs) }
}
