import Bytes
import JSON

/// Reads the fields of a body one after the other and keeps every complaint, so that whoever asks is told all of them
/// at once.
package struct FieldCollector {
    private var object: JSONObject
    package private(set) var faults = RequestFaults()
    /// Fields that something was said about, or about a member of theirs. Unknown ones are not among them.
    private var refused: Set<String> = []

    /// Complains of every member that is not in `known`, by name.
    package init(_ object: JSONObject, known: [String]) {
        self.object = object
        let names = Set(known)
        for (key, _) in object where !names.contains(key) { faults.append(.unknownField(key, known: known)) }
    }

    /// The field as `read` understands it, or `fallback` if it is absent (null is a value and not absence) or refused.
    mutating func field<Value>(
        _ key: String, default fallback: @autoclosure () -> Value, _ read: (JSONCursor) throws(JSONMismatch) -> Value
    ) -> Value {
        guard let value = object[key] else { return fallback() }
        do throws(JSONMismatch) {
            return try read(JSONCursor(value, pointer: "/" + key))
        } catch {
            add(RequestFault(error), to: key)
            return fallback()
        }
    }

    func has(_ key: String) -> Bool { object[key] != nil }

    /// Takes for the body what `completed` makes of it: fields that it leaves out are there from now on.
    mutating func complete(_ completed: (JSONObject) -> JSONObject) { object = completed(object) }

    /// Complains of a field, unless something was already said about it or within it.
    mutating func refuse(_ key: String, _ detail: String) {
        if !refused.contains(key) { add(.init(pointer: Self.pointer(key), detail: detail), to: key) }
    }

    /// Complains of a field or of something within it.
    mutating func add(_ fault: RequestFault, to key: String) {
        refused.insert(key)
        faults.append(fault)
    }

    /// Complains of several places within a field.
    mutating func add(_ others: RequestFaults, to key: String) {
        if !others.isEmpty { refused.insert(key) }
        faults.append(contentsOf: others)
    }

    /// The fragment that names a field.
    static func pointer(_ key: String) -> String { fragment(JSONCursor(JSONObject()).pointer(to: key)) }

    /// RFC 6901 section 6: the pointer as a URI fragment, percent-encoded (RFC 3986 section 3.5). Of a very long one
    /// the beginning.
    package static func fragment(_ pointer: String) -> String {
        var text = "#"
        for byte in pointer.excerpt(Self.echoedLength).utf8 {
            if byte.isASCIIAlphanumeric || "-._~!$&'()*+,;=:@/?".utf8.contains(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "%" + Hexadecimal.encode([byte]).uppercased()
            }
        }
        return text
    }

    /// The name of the field that a fragment points at, or into, as it was sent: the inverse of `pointer`. What is no
    /// fragment is the name of something else, and stays.
    package static func field(of fragment: String) -> String {
        guard fragment.hasPrefix("#") else { return fragment }
        let token = fragment.drop { $0 == "#" || $0 == "/" }.prefix { $0 != "/" }
        let parts = token.split(separator: "%", omittingEmptySubsequences: false)
        var bytes = Array(parts[0].utf8)
        for part in parts.dropFirst() {
            bytes += (Hexadecimal.decode(String(part.prefix(2))) ?? []) + part.dropFirst(2).utf8
        }
        return String(decoding: bytes, as: UTF8.self).replacing("~1", with: "/").replacing("~0", with: "~")
    }

    /// Characters of a pointer that are echoed; percent-encoded they may be more.
    private static let echoedLength = 60
}
