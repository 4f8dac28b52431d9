import Diffusion

/// A request that has been found to be one that can be run.
public struct PlannedGeneration: Sendable {
    public let request: GenerationRequest
    public let model: ModelFacts
    /// One for each image.
    public let recipes: [Recipe]
    /// Network evaluations of each image.
    public let evaluations: Int
    /// Rows of the network's batch that one evaluation of one image takes at most.
    public let rows: Int
    /// Rows of all evaluations of each image.
    package let networkRows: Int
    /// What is stored to be run.
    package let accepted: AcceptedRun

    /// - Throws: `InvalidSetting` for what the sampler or the schedule of the model refuses.
    init(_ request: GenerationRequest, model: ModelFacts) throws(InvalidSetting) {
        self.request = request
        self.model = model
        recipes = try request.recipes(for: model)
        evaluations = try recipes[0].evaluations()
        rows = recipes[0].rowsPerEvaluation
        networkRows = try recipes[0].networkRows()
        accepted = AcceptedRun(
            series: try RecipeSeries(first: recipes[0], count: recipes.count), modelDefinition: model.definition)
    }
}
