import JSON

/// What images are told apart by in the downstream experiment: classes, each of one value of an attribute or several.
public struct ClassificationTask: Sendable, Equatable {
    /// A class and the values that show it.
    public struct Class: Sendable, Equatable {
        public let name: String
        public let values: [String]

        public init(_ name: String, values: [String]) { (self.name, self.values) = (name, values) }
    }

    /// The attribute whose values count; nil for those of all attributes.
    public let attribute: String?
    public let classes: [Class]

    /// Classes that are told apart at most.
    public static let mostClasses = 50

    /// - Throws: `EvaluationError` for fewer than two classes or more than `mostClasses`, or a name or a value that
    ///   stands twice.
    public init(attribute: String?, classes: [Class]) throws(EvaluationError) {
        guard (2...Self.mostClasses).contains(classes.count) else {
            throw EvaluationError(
                "--class", expected: "2 to \(Self.mostClasses) classes", got: "\(classes.count)")
        }
        for list in [classes.map(\.name), classes.flatMap(\.values)] where Set(list).count != list.count {
            throw EvaluationError(
                "--class", expected: "each class and each value once", got: list.joined(separator: ", "))
        }
        (self.attribute, self.classes) = (attribute, classes)
    }

    /// Reads `name=value|value` of each class, as options have them.
    /// - Throws: `EvaluationError` for another form; as `init(attribute:classes:)`.
    public init(attribute: String?, options: [String]) throws(EvaluationError) {
        var classes: [Class] = []
        for option in options {
            let (name, values) = try LabelledCondition.choice(option, place: "--class \(option)")
            classes.append(Class(name, values: values.split(separator: "|").map(String.init)))
        }
        try self.init(attribute: attribute, classes: classes)
    }

    /// The values of an attribute that real images and synthetic ones have in common, each a class.
    /// - Parameter name: nil takes the one attribute that both have.
    /// - Throws: `EvaluationError` where there is none, or several and none is named.
    init(_ name: String?, real: ImageSet, synthetic: ImageSet) throws(EvaluationError) {
        let shared = real.attributes.filter { attribute in
            synthetic.attributes.contains { $0.name == attribute.name }
        }
        let wanted = name.map { name in shared.filter { $0.name == name } } ?? shared
        guard wanted.count == 1, let attribute = wanted.first else {
            let known = shared.map(\.name).joined(separator: ", ")
            throw EvaluationError(
                "--downstream", expected: "one attribute that real and synthetic images both have (--task names it)",
                got: wanted.isEmpty ? "none (in common are: \(known.isEmpty ? "none" : known))" : known)
        }
        let made = synthetic.attributes.first { $0.name == attribute.name }?.values ?? []
        let values = attribute.values.filter(made.contains)
        guard (2...Self.mostClasses).contains(values.count) else {
            throw EvaluationError(
                "--downstream, attribute \(attribute.name)",
                expected: "2 to \(Self.mostClasses) values that real and synthetic images have in common (or --class)",
                got: values.count == 1 ? "\(values[0]) alone" : "\(values.count)")
        }
        try self.init(attribute: attribute.name, classes: values.map { Class($0, values: [$0]) })
    }

    /// The class of an image; nil where it shows none, or several.
    func label(of index: Int, in set: ImageSet) -> Int? {
        let labels = set.labels(index)
        var found: Set<Int> = []
        for (place, attribute) in set.attributes.enumerated() where self.attribute.map({ $0 == attribute.name }) ?? true
        {
            for value in labels[place] {
                let name = attribute.values[value]
                if let number = classes.firstIndex(where: { $0.values.contains(name) }) { found.insert(number) }
            }
        }
        return found.count == 1 ? found.first : nil
    }

    var json: JSONObject {
        [
            "attribute": attribute.map { .string($0) } ?? .null,
            "classes": .array(
                classes.map { ["name": .string($0.name), "values": .array($0.values.map { .string($0) })] }),
        ]
    }
}
