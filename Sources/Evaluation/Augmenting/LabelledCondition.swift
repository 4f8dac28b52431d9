import Imaging
import JSON

/// One condition of a labelled set: what its images show, and how many of them there shall be.
public struct LabelledCondition: Sendable, Equatable {
    /// For each attribute that is asked for, its value, in the model's order.
    public let choices: [(attribute: String, value: String)]
    /// Images of it.
    public let count: Int

    public init(_ choices: [(attribute: String, value: String)], count: Int) {
        (self.choices, self.count) = (choices, count)
    }

    public static func == (first: LabelledCondition, second: LabelledCondition) -> Bool {
        first.count == second.count && first.text == second.text
    }

    /// `view=PA;finding=mass`; empty for a model without attributes.
    public var text: String { choices.map { "\($0.attribute)=\($0.value)" }.joined(separator: ";") }

    /// The value where there is one attribute, the values with a plus between them where there are several, `all` where
    /// there is none: the class of an image.
    public var label: String { choices.isEmpty ? "all" : choices.map(\.value).joined(separator: "+") }

    /// As the body of a request has it.
    var json: JSONObject {
        var object = JSONObject()
        for choice in choices { object[choice.attribute] = .string(choice.value) }
        return object
    }

    /// The name of its folder: its place, and what of the label a file name can hold.
    func folder(_ place: Int) -> String {
        let kept = label.utf8.prefix(60).map { byte -> Character in
            let character = Character(UnicodeScalar(byte))
            return character.isASCII && (character.isLetter || character.isNumber) ? character : "-"
        }
        return (place < 10 ? "0" : "") + "\(place)-" + String(kept)
    }

    /// Conditions that a set may have at most.
    public static let most = 1000

    /// Every combination of the values of `names`, `count` images each.
    /// - Parameters:
    ///   - names: attributes of the model; nil takes all of them.
    ///   - fixed: what every image shows beside them.
    /// - Throws: `EvaluationError` for an attribute or a value that the model does not have, or more conditions than
    ///   `most`.
    public static func balanced(
        _ model: ModelFacts, over names: [String]?, fixed: [(attribute: String, value: String)], count: Int
    ) throws(EvaluationError) -> [LabelledCondition] {
        for name in names ?? [] { _ = try attribute(name, of: model) }
        try check(fixed, model)
        try checkFixed(fixed, varying: names ?? [])
        let combinations = try combinations(of: model, most: most) { attribute in
            if let given = fixed.first(where: { $0.attribute == attribute.name }) { return [given.value] }
            return names?.contains(attribute.name) ?? true ? attribute.values : []
        }
        return combinations.map { LabelledCondition($0, count: count) }
    }

    /// Every combination of the values of all attributes, as equally often as the count allows. Where there are more
    /// combinations than images, those are taken that lie evenly in their order.
    /// - Throws: `EvaluationError` for a model of more combinations than can be told.
    static func spread(over model: ModelFacts, count: Int) throws(EvaluationError) -> [LabelledCondition] {
        let combinations = try combinations(of: model, most: mostToldApart, values: \.values)
        let used =
            combinations.count <= count
            ? combinations : (0..<count).map { combinations[$0 * combinations.count / count] }
        return used.enumerated().map { place, choices in
            LabelledCondition(choices, count: count / used.count + (place < count % used.count ? 1 : 0))
        }
    }

    /// Combinations of attributes' values that are enumerated at most.
    private static let mostToldApart = 100_000

    /// Every combination of what attributes show, the last attribute's values next to each other.
    /// - Parameter values: of an attribute; none leaves it out.
    private static func combinations(
        of model: ModelFacts, most: Int, values: (ModelFacts.Attribute) -> [String]
    ) throws(EvaluationError) -> [[(attribute: String, value: String)]] {
        var combinations: [[(attribute: String, value: String)]] = [[]]
        for attribute in model.attributes {
            let shown = values(attribute)
            guard !shown.isEmpty else { continue }
            guard combinations.count <= most / shown.count else {
                throw EvaluationError(
                    "conditions of \(model.name)",
                    expected: "at most \(most) (phantom augment: name those that shall vary by --attribute)",
                    got: "\(combinations.count) x \(shown.count)")
            }
            combinations = combinations.flatMap { begun in shown.map { begun + [(attribute.name, $0)] } }
        }
        return combinations
    }

    private static func attribute(_ name: String, of model: ModelFacts) throws(EvaluationError)
        -> ModelFacts.Attribute
    {
        guard let attribute = model.attributes.first(where: { $0.name == name }) else {
            let known = model.attributes.map(\.name).joined(separator: ", ")
            throw EvaluationError(
                "attribute \(name)", expected: known.isEmpty ? "none, as the model has none" : "one of \(known)",
                got: name)
        }
        return attribute
    }

    /// - Throws: `EvaluationError` for an attribute or a value that the model does not have, or an attribute that
    ///   stands twice.
    static func check(_ choices: [(attribute: String, value: String)], _ model: ModelFacts) throws(EvaluationError) {
        for choice in choices {
            let attribute = try attribute(choice.attribute, of: model)
            guard attribute.values.contains(choice.value) else {
                throw EvaluationError(
                    "attribute \(choice.attribute)",
                    expected: "one of \(attribute.values.prefix(50).joined(separator: ", "))", got: choice.value)
            }
        }
        try checkOnce(choices)
    }
}
