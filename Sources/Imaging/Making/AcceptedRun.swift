import Diffusion
import JSON

/// What a job is, as it was accepted: its recipes, and the digest of what the bits of its images depend on beside them.
/// A job stores this, and whatever runs it later reads nothing else.
package struct AcceptedRun: Sendable, Equatable {
    package let series: RecipeSeries
    /// `ModelFacts.definition` of the model of that day.
    package let modelDefinition: String

    package var json: JSONObject {
        var object = series.json
        object["model_definition"] = .string(modelDefinition)
        return object
    }

    /// One line, sorted keys, no spaces.
    package var canonical: [UInt8] { json.serialized(sortedKeys: true) }

    /// - Throws: `JSONSyntaxError`, `JSONMismatch` or `InvalidSetting` for what `canonical` did not write.
    package init(_ bytes: [UInt8]) throws {
        var object = try JSONCursor(JSONReader().read(bytes)).object()
        modelDefinition = try JSONCursor(object).required("model_definition").string()
        object["model_definition"] = nil
        series = try RecipeSeries(json: object)
    }

    init(series: RecipeSeries, modelDefinition: String) {
        (self.series, self.modelDefinition) = (series, modelDefinition)
    }
}
