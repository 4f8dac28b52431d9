import Imaging

/// Conditions as options have them, and what of them no model is needed to judge.
extension LabelledCondition {
    /// Reads `view=PA;finding=mass:50`, as an option has it: the condition, a colon, the number of images.
    /// - Throws: `EvaluationError` for another form.
    public init(option text: String) throws(EvaluationError) {
        let place = "--images \(text)"
        guard let colon = text.lastIndex(of: ":"), let count = Int(text[text.index(after: colon)...]),
            (1...LabelledSetPlan.mostImages).contains(count)
        else {
            throw EvaluationError(
                place, expected: "name=value;name=value:N, N from 1 to \(LabelledSetPlan.mostImages)", got: text)
        }
        var choices: [(attribute: String, value: String)] = []
        for part in text[..<colon].split(separator: ";") {
            choices.append(try Self.choice(String(part), place: place))
        }
        try Self.checkOnce(choices)
        self.init(choices, count: count)
    }

    /// The same in the order of a model's attributes.
    /// - Throws: `EvaluationError` for another form, or what the model does not have.
    public init(option text: String, of model: ModelFacts) throws(EvaluationError) {
        let given = try Self(option: text)
        try Self.check(given.choices, model)
        let order = model.attributes.map(\.name)
        self.init(
            given.choices.sorted {
                (order.firstIndex(of: $0.attribute) ?? 0) < (order.firstIndex(of: $1.attribute) ?? 0)
            }, count: given.count)
    }

    /// Reads `name=value`.
    /// - Throws: `EvaluationError` for another form.
    public static func choice(_ text: String, place: String) throws(EvaluationError) -> (
        attribute: String, value: String
    ) {
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
            throw EvaluationError(place, expected: "name=value", got: text)
        }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }

    /// - Throws: `EvaluationError` for an attribute that stands twice.
    static func checkOnce(_ choices: [(attribute: String, value: String)]) throws(EvaluationError) {
        var seen: Set<String> = []
        for choice in choices where !seen.insert(choice.attribute).inserted {
            throw EvaluationError("attribute \(choice.attribute)", expected: "one value", got: "two")
        }
    }

    /// - Throws: `EvaluationError` for one that stands twice, in whatever order of its attributes.
    public static func checkDistinct(_ conditions: [LabelledCondition]) throws(EvaluationError) {
        var seen: Set<[String]> = []
        for condition in conditions {
            let choices = condition.choices.map { "\($0.attribute)=\($0.value)" }
            guard seen.insert(choices.sorted()).inserted else {
                throw EvaluationError("conditions", expected: "each once", got: "\(condition.text) twice")
            }
        }
    }

    /// - Throws: `EvaluationError` for a fixed attribute that stands twice, or varies as well.
    public static func checkFixed(
        _ fixed: [(attribute: String, value: String)], varying names: [String]
    ) throws(EvaluationError) {
        try checkOnce(fixed)
        let fixedNames = Set(fixed.map(\.attribute))
        if let twice = names.first(where: { fixedNames.contains($0) }) {
            throw EvaluationError("attribute \(twice)", expected: "to vary or to be given, not both", got: "both")
        }
    }
}
