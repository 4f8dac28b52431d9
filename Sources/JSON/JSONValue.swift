/// Any JSON value (RFC 8259 section 3). Numbers keep their literal text, objects their order.
public indirect enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// An integer.
    public static func integer(_ value: some BinaryInteger) -> JSONValue {
        .number(JSONNumber(value))
    }

    /// A number with the shortest text that reads back as the same double; `null` if not finite,
    /// as JSON has no word for it.
    public static func double(_ value: Double) -> JSONValue {
        value.isFinite ? .number(JSONNumber(value)) : .null
    }

    public var isNull: Bool { self == .null }

    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var number: JSONNumber? { if case .number(let value) = self { value } else { nil } }
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }

    /// The member of an object; nil if this is no object or has no such member.
    public subscript(key: String) -> JSONValue? { object?[key] }

    /// What a message calls this value: its kind, and the value itself where it is short.
    public var summary: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number(let value): "number " + Self.shortened(value.text)
        case .string(let value): "string " + Self.quoted(value)
        case .array(let values): "an array of \(values.count)"
        case .object(let object): "an object of \(object.count) members"
        }
    }

    private static func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let head = String(String.UnicodeScalarView(scalars.prefix(60)))
        let written = JSONValue.string(head).serialized()
        return String(decoding: written, as: UTF8.self) + (head.unicodeScalars.count < scalars.count ? "…" : "")
    }

    private static func shortened(_ text: String) -> String {
        text.utf8.count > 60 ? String(text.prefix(60)) + "…" : text
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}
