import Diffusion

/// A series of images that has been found to be one that a model can make.
package struct PlannedRun: Sendable {
    package let series: RecipeSeries
    package let model: ModelFacts
    /// The pixels that the recipe names by hash; nil for a generation.
    package let inputs: RestorationInputs?
    /// Network evaluations of one image.
    package let evaluations: Int
    /// Rows of the network's batch that one evaluation of one image takes at most.
    package let rows: Int
    /// Rows of all evaluations of one image.
    package let networkRows: Int

    /// - Throws: `InvalidSetting` for what the model, or the program, cannot make.
    package init(_ series: RecipeSeries, model: ModelFacts, inputs: RestorationInputs?) throws(InvalidSetting) {
        (self.series, self.model, self.inputs) = (series, model, inputs)
        let recipe = series.first
        try model.check(recipe)
        evaluations = try recipe.evaluations()
        rows = recipe.rowsPerEvaluation
        networkRows = try recipe.networkRows()
        try recipe.check(inputs)
    }

    /// One image of a recipe from outside.
    package init(_ recipe: Recipe, model: ModelFacts, inputs: RestorationInputs?) throws(InvalidSetting) {
        try self.init(RecipeSeries(first: recipe, count: 1), model: model, inputs: inputs)
    }

    package var accepted: AcceptedRun { AcceptedRun(series: series, modelDefinition: model.definition) }
}
