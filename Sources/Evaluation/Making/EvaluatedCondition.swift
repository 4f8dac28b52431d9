import Imaging
import JSON

/// What some images of an evaluated model show, and how many they are.
struct EvaluatedCondition: Sendable {
    /// For each attribute of the model, its value.
    let choices: [(attribute: String, value: String)]
    let count: Int

    /// As the body of a request has it.
    var json: JSONObject { JSONObject(choices.map { ($0.attribute, .string($0.value)) }) }

    /// Combinations of attributes' values that are enumerated at most.
    private static let most = 100_000

    /// Every combination of the attributes' values, as equally often as the count allows. Where there are more
    /// combinations than images, those are taken that lie evenly in their order.
    /// - Throws: `EvaluationError` for a model of more combinations than can be told.
    static func all(of model: ModelFacts, count: Int) throws(EvaluationError) -> [EvaluatedCondition] {
        var combinations: [[(attribute: String, value: String)]] = [[]]
        for attribute in model.attributes where !attribute.values.isEmpty {
            guard combinations.count <= most / attribute.values.count else {
                throw EvaluationError(
                    "conditions of \(model.name)", expected: "at most \(most) combinations of its attributes",
                    got: "\(combinations.count) x \(attribute.values.count) and more")
            }
            combinations = combinations.flatMap { begun in attribute.values.map { begun + [(attribute.name, $0)] } }
        }
        let used =
            combinations.count <= count
            ? combinations : (0..<count).map { combinations[$0 * combinations.count / count] }
        return used.enumerated().map { place, choices in
            .init(choices: choices, count: count / used.count + (place < count % used.count ? 1 : 0))
        }
    }
}
