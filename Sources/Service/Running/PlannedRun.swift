import Bytes
import Diffusion
import JSON
import Jobs
import Networks

/// A series of images that has been found to be one that a model can make.
package struct PlannedRun: Sendable {
    package let series: RecipeSeries
    let model: ModelFacts
    /// The pixels that the recipe names by hash; nil for a generation.
    package let inputs: RestorationInputs?
    /// Network evaluations of one image.
    let evaluations: Int
    /// Rows of the network's batch that one evaluation of one image takes at most.
    let rows: Int
    /// Rows of all evaluations of one image.
    private let networkRows: Int

    /// - Throws: `InvalidSetting` for what the model, or the program, cannot make.
    init(_ series: RecipeSeries, model: ModelFacts, inputs: RestorationInputs?) throws(InvalidSetting) {
        (self.series, self.model, self.inputs) = (series, model, inputs)
        let recipe = series.first
        try model.check(recipe)
        evaluations = try recipe.evaluations()
        rows = recipe.rowsPerEvaluation
        networkRows = try recipe.networkRows()
        try recipe.check(inputs)
    }

    /// One image of a recipe from outside.
    init(_ recipe: Recipe, model: ModelFacts, inputs: RestorationInputs?) throws(InvalidSetting) {
        try self.init(RecipeSeries(first: recipe, count: 1), model: model, inputs: inputs)
    }

    var work: PlannedWork {
        let recipe = series.first
        return PlannedWork(
            images: series.count, steps: evaluations, callsPerImage: networkRows,
            unitsPerCall: recipe.width * recipe.height,
            isLarge: UNet.isLarge(width: recipe.width, height: recipe.height))
    }

    package var accepted: AcceptedRun { AcceptedRun(series: series, modelDefinition: model.definition) }
}

/// What a job is, as it was accepted: its recipes, and the digest of what the bits of its images depend on beside them. A job stores
/// this, and whatever runs it later reads nothing else.
package struct AcceptedRun: Sendable, Equatable {
    package let series: RecipeSeries
    /// `ModelFacts.definition` of the model of that day.
    let modelDefinition: String

    package var json: JSONObject {
        var object = series.json
        object["model_definition"] = .string(modelDefinition)
        return object
    }

    /// One line, sorted keys, no spaces.
    package var canonical: [UInt8] { json.serialized(sortedKeys: true) }

    /// - Throws: `JSONSyntaxError`, `JSONMismatch` or `InvalidSetting` for what `canonical` did not write.
    init(_ bytes: [UInt8]) throws {
        var object = try JSONCursor(JSONReader().read(bytes)).object()
        modelDefinition = try JSONCursor(object).required("model_definition").string()
        object["model_definition"] = nil
        series = try RecipeSeries(json: object)
    }

    init(series: RecipeSeries, modelDefinition: String) {
        (self.series, self.modelDefinition) = (series, modelDefinition)
    }
}

extension ModelFacts {
    /// The digest of what the bits of an image depend on and neither its recipe nor the weights say: the network's configuration,
    /// its black and white, how it is shown a low-resolution image.
    /// - Parameters:
    ///   - network: the fields of `unet/config.json` in today's spelling.
    ///   - facts: the model, but for this.
    static func definition(network: JSONObject, facts: ModelFacts) -> String {
        var object: JSONObject = [
            "network": .object(network),
            "value_range": .array([.double(facts.valueRange.lowerBound), .double(facts.valueRange.upperBound)]),
        ]
        if let concatenation = facts.generation.concatenation {
            object["low_resolution"] = .array([
                .string(concatenation.order.rawValue), .string(concatenation.upsampling.rawValue),
            ])
        }
        return Digest(of: object.serialized(sortedKeys: true)).hexadecimal
    }
}
