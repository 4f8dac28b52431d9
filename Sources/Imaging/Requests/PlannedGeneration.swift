import Diffusion

/// A request that has been found to be one that can be run.
public struct PlannedGeneration: Sendable {
    public let request: GenerationRequest
    /// The images that it asks for.
    public let planned: PlannedSeries

    /// - Throws: `InvalidSetting` for what the sampler or the schedule of the model refuses.
    init(_ request: GenerationRequest, model: ModelFacts) throws(InvalidSetting) {
        self.request = request
        planned = try PlannedSeries(request.series(for: model), model: model, inputs: request.restoration?.inputs)
    }
}
