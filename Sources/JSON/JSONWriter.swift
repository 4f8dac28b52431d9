/// Writes JSON. With sorted keys, canonical numbers and no indentation the bytes are canonical: equal values, equal
/// bytes.
public struct JSONWriter: Sendable {
    /// Keys in the order of their code points (Python's `sort_keys`) instead of the object's own.
    public var sortedKeys: Bool
    /// Writes each number in one way (`JSONNumber.canonicalText`) instead of as it was read.
    public var canonicalNumbers: Bool
    /// Spaces per level; nil writes one line without spaces.
    public var indent: Int?
    /// Writes `NaN`, `Infinity`, `-Infinity` as Python reads them; otherwise they become `null`.
    public var writesNonFinite: Bool

    public init(
        sortedKeys: Bool = false, canonicalNumbers: Bool = false, indent: Int? = nil, writesNonFinite: Bool = false
    ) {
        self.sortedKeys = sortedKeys
        self.canonicalNumbers = canonicalNumbers
        self.indent = indent
        self.writesNonFinite = writesNonFinite
    }

    public func write(_ value: JSONValue) -> [UInt8] {
        var output: [UInt8] = []
        append(value, to: &output, level: 0)
        return output
    }

    private func append(_ value: JSONValue, to output: inout [UInt8], level: Int) {
        switch value {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let number):
            let text = canonicalNumbers ? number.canonicalText : number.text
            output.append(contentsOf: (number.isFinite || writesNonFinite ? text : "null").utf8)
        case .string(let text): Self.append(text, to: &output)
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                breakLine(&output, level: level + 1)
                append(element, to: &output, level: level + 1)
            }
            if !elements.isEmpty { breakLine(&output, level: level) }
            output.append(UInt8(ascii: "]"))
        case .object(let object): append(object, to: &output, level: level)
        }
    }

    private func append(_ object: JSONObject, to output: inout [UInt8], level: Int) {
        var members = Array(object)
        if sortedKeys { members.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) } }
        output.append(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            breakLine(&output, level: level + 1)
            Self.append(member.key, to: &output)
            output.append(UInt8(ascii: ":"))
            if indent != nil { output.append(UInt8(ascii: " ")) }
            append(member.value, to: &output, level: level + 1)
        }
        if !members.isEmpty { breakLine(&output, level: level) }
        output.append(UInt8(ascii: "}"))
    }

    private func breakLine(_ output: inout [UInt8], level: Int) {
        guard let indent else { return }
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: level * indent))
    }

    /// Only what RFC 8259 section 7 requires is escaped; the rest stands as UTF-8.
    private static func append(_ text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): output.append(contentsOf: "\\\"".utf8)
            case UInt8(ascii: "\\"): output.append(contentsOf: "\\\\".utf8)
            case 0x08: output.append(contentsOf: "\\b".utf8)
            case 0x09: output.append(contentsOf: "\\t".utf8)
            case 0x0A: output.append(contentsOf: "\\n".utf8)
            case 0x0C: output.append(contentsOf: "\\f".utf8)
            case 0x0D: output.append(contentsOf: "\\r".utf8)
            case 0..<0x20:
                output.append(contentsOf: (byte < 0x10 ? "\\u000" : "\\u00").utf8)
                output.append(contentsOf: String(byte, radix: 16).utf8)
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}

extension JSONValue {
    /// The value on one line; see `JSONWriter` for indentation. Numbers that are not finite become `null`.
    public func serialized(sortedKeys: Bool = false) -> [UInt8] { JSONWriter(sortedKeys: sortedKeys).write(self) }
}

extension JSONObject {
    public func serialized(sortedKeys: Bool = false) -> [UInt8] {
        JSONValue.object(self).serialized(sortedKeys: sortedKeys)
    }
}
