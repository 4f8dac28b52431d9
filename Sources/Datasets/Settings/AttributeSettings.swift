import JSON

/// Where an attribute of the images comes from: an element of `attributes` in `train.json`.
public struct AttributeSettings: Sendable, Equatable {
    /// The name that the model's conditions will give it.
    public var name: String
    /// The column of the table that says it; nil for the name itself.
    public var column: String?
    /// Whether a field holds several values, with `separator` between them.
    public var multiple: Bool
    public var separator: String
    /// The values in the order of the class table; nil takes those that occur, ordered by their bytes.
    public var values: [String]?
    /// A regular expression whose first group, in an image's path, is the value; instead of a column.
    public var pattern: String?

    public init(
        name: String, column: String? = nil, multiple: Bool = false, values: [String]? = nil, pattern: String? = nil
    ) {
        (self.name, self.column, self.multiple, self.values, self.pattern) = (name, column, multiple, values, pattern)
        separator = "|"
    }

    /// Reads a string, which names a column, or an object of the fields above.
    init(json: JSONCursor) throws {
        if let name = json.value.string {
            self.init(name: name)
        } else {
            try json.refuseMembers(otherThan: ["name", "column", "multiple", "separator", "values", "pattern"])
            self.init(
                name: try json.required("name").string(), column: try json.member("column")?.string(),
                multiple: try json.member("multiple")?.bool() ?? false,
                values: try json.member("values")?.elements(count: 1...1000).map { try $0.string() },
                pattern: try json.member("pattern")?.string())
            separator = try json.member("separator")?.string() ?? "|"
        }
        guard !name.isEmpty else { throw json.mismatch(expected: "a name") }
        guard separator.utf8.count >= 1 else { throw json.mismatch(expected: "a separator of at least one character") }
        guard Set(values ?? []).count == (values ?? []).count else { throw json.mismatch(expected: "each value once") }
        guard column == nil || pattern == nil else { throw json.mismatch(expected: "a column or a pattern, not both") }
    }

    /// Whether the name alone says it all.
    var isPlain: Bool { column == nil && pattern == nil && values == nil && !multiple }

    var json: JSONValue {
        if isPlain { return .string(name) }
        var object: JSONObject = ["name": .string(name), "multiple": .bool(multiple)]
        if let pattern {
            object["pattern"] = .string(pattern)
        } else {
            object["column"] = .string(column ?? name)
        }
        if multiple { object["separator"] = .string(separator) }
        if let values { object["values"] = .array(values.map { .string($0) }) }
        return .object(object)
    }
}
