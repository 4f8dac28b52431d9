import JSON

/// Reads the fields of a body one after the other and keeps every complaint, so that a client is told all of them at once.
struct FieldCollector {
    private let object: JSONObject
    private(set) var errors: [Problem.FieldError] = []

    /// Complains of every member that is not in `known`, by name.
    init(_ object: JSONObject, known: [String]) {
        self.object = object
        for (key, _) in object where !known.contains(key) {
            refuse(key, "unknown field; known are \(known.joined(separator: ", "))")
        }
    }

    /// The field as `read` understands it, or `fallback` if it is absent (null is a value and not absence) or refused.
    mutating func field<Value>(
        _ key: String, default fallback: @autoclosure () -> Value, _ read: (JSONCursor) throws(JSONMismatch) -> Value
    ) -> Value {
        guard let value = object[key] else { return fallback() }
        let root = JSONCursor(object)
        do throws(JSONMismatch) {
            return try read(JSONCursor(value, pointer: root.pointer(to: key)))
        } catch {
            errors.append(.init(pointer: Self.fragment(error.pointer), detail: "expected \(error.expected), got \(error.got)"))
            return fallback()
        }
    }

    func has(_ key: String) -> Bool { object[key] != nil }

    /// Whether something was already said about the field or within it.
    func isRefused(_ key: String) -> Bool {
        let pointer = Self.fragment(JSONCursor(object).pointer(to: key))
        return errors.contains { $0.pointer == pointer || $0.pointer.hasPrefix(pointer + "/") }
    }

    /// Complains of a field, unless something was already said about it.
    mutating func refuse(_ key: String, _ detail: String) {
        if isRefused(key) { return }
        errors.append(.init(pointer: Self.fragment(JSONCursor(object).pointer(to: key)), detail: detail))
    }

    mutating func add(_ error: Problem.FieldError) { errors.append(error) }

    /// RFC 6901 section 6: the pointer as a URI fragment, percent-encoded (RFC 3986 section 3.5).
    static func fragment(_ pointer: String) -> String {
        var text = "#"
        for byte in pointer.utf8 {
            if byte.isASCIIAlphanumeric || "-._~!$&'()*+,;=:@/?".utf8.contains(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "%" + Hex.encode([byte]).uppercased()
            }
        }
        return text
    }
}
