import JSON
import Networks

/// What an image is asked to show.
public struct Condition: Sendable, Equatable {
    /// One attribute of the model and the values asked for.
    public struct Choice: Sendable, Equatable {
        public var attribute: String
        public var values: [String]

        public init(attribute: String, values: [String]) {
            self.attribute = attribute
            self.values = values
        }
    }

    /// Values of all attributes at most, each a row of the class table: what recipes are read with.
    package static let mostValues = 65_536

    /// As the user asked, for people; `input` is what counts.
    public var choices: [Choice]
    public var input: ClassInput
    /// The input where nothing is asked for: the other side of guidance. Nil if the model has none.
    public var null: ClassInput?

    public init(choices: [Choice] = [], input: ClassInput = .none, null: ClassInput? = nil) {
        self.choices = choices
        self.input = input
        self.null = null
    }
}

extension ClassInput {
    var json: JSONValue {
        switch self {
        case .none: .null
        case .rows(let rows): ["rows": .array(rows.map { .integer($0) })]
        case .value(let value): ["value": .double(Double(value))]
        case .vector(let values): ["vector": .array(values.map { .double(Double($0)) })]
        }
    }

    init(_ cursor: JSONCursor) throws(JSONMismatch) {
        try cursor.refuseMembers(otherThan: ["rows", "value", "vector"])
        if let rows = try cursor.member("rows") {
            var list: [Int] = []
            for row in try rows.elements(count: 0...Condition.mostValues) {
                list.append(try row.int(in: 0...Int(Int32.max)))
            }
            self = .rows(list)
        } else if let value = try cursor.member("value") {
            self = .value(Float(try value.double(in: -1e30...1e30)))
        } else {
            var list: [Float] = []
            for value in try cursor.required("vector").elements(count: 1...65536) {
                list.append(Float(try value.double(in: -1e30...1e30)))
            }
            self = .vector(list)
        }
    }
}

extension Condition {
    var json: JSONValue {
        let choices = choices.map { choice -> JSONValue in
            ["attribute": .string(choice.attribute), "values": .array(choice.values.map { .string($0) })]
        }
        return ["choices": .array(choices), "input": input.json, "null": null.map { ["input": $0.json] } ?? .null]
    }

    init(_ cursor: JSONCursor) throws(JSONMismatch) {
        try cursor.refuseMembers(otherThan: ["choices", "input", "null"])
        choices = []
        for item in try cursor.required("choices").elements(count: 0...Self.mostValues) {
            var values: [String] = []
            for value in try item.required("values").elements(count: 0...Self.mostValues) {
                values.append(try value.string())
            }
            choices.append(Choice(attribute: try item.required("attribute").string(), values: values))
        }
        input = if let member = try cursor.member("input") { try ClassInput(member) } else { .none }
        null = nil
        if let member = try cursor.member("null") {
            null = if let inner = try member.member("input") { try ClassInput(inner) } else { ClassInput.none }
        }
    }
}
