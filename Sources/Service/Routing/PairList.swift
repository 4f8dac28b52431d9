import Bytes

/// A list whose elements are `name=value` pairs with semicolons between, as `Prefer` (RFC 7240 section 2) and
/// `Forwarded` (RFC 7239 section 4) have them: values are words or quoted strings, and commas and semicolons within
/// quotation marks separate nothing.
package struct PairList {
    package struct Pair: Equatable {
        /// In lower case: names are compared without it.
        package let name: String
        /// Without quotation marks and escapes; empty where there is none, which means the same (RFC 7240 section 2).
        package let value: String
    }

    package private(set) var elements: [[Pair]] = []

    /// - Parameter lines: of the field. An element that is none by this grammar is left out: both RFCs ask to go on
    ///   without it.
    package init(_ lines: [String]) {
        for line in lines {
            var rest = line.utf8[...]
            while !rest.isEmpty {
                if let element = Self.element(&rest) {
                    if !element.isEmpty { elements.append(element) }
                } else {
                    Self.skip(&rest)
                }
                if rest.first == UInt8(ascii: ",") { rest.removeFirst() }
            }
        }
    }

    /// Reads up to the comma or the end; nil if something else stands there.
    private static func element(_ rest: inout Substring.UTF8View) -> [Pair]? {
        var pairs: [Pair] = []
        while true {
            skipSpace(&rest)
            let name = take(&rest) { $0.isASCIIAlphanumeric || "!#$%&'*+-.^_`|~".utf8.contains($0) }
            if !name.isEmpty {
                skipSpace(&rest)
                var value = ""
                if rest.first == UInt8(ascii: "=") {
                    rest.removeFirst()
                    skipSpace(&rest)
                    guard let word = word(&rest) else { return nil }
                    value = word
                }
                pairs.append(Pair(name: name.lowercased(), value: value))
                skipSpace(&rest)
            }
            if rest.first == UInt8(ascii: ";") { rest.removeFirst() } else { break }
        }
        return rest.isEmpty || rest.first == UInt8(ascii: ",") ? pairs : nil
    }

    /// A quoted string (RFC 9110 section 5.6.4), or what stands there up to a separator: wider than a token, since
    /// proxies write hosts with their ports without quotation marks.
    private static func word(_ rest: inout Substring.UTF8View) -> String? {
        guard rest.first == UInt8(ascii: "\"") else { return take(&rest) { !" \t,;\"".utf8.contains($0) } }
        rest.removeFirst()
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") { return String(decoding: bytes, as: UTF8.self) }
            if byte == UInt8(ascii: "\\") {
                guard let escaped = rest.popFirst() else { return nil }
                bytes.append(escaped)
            } else {
                bytes.append(byte)
            }
        }
        return nil
    }

    /// Up to the next comma that is not within quotation marks.
    private static func skip(_ rest: inout Substring.UTF8View) {
        while let byte = rest.first, byte != UInt8(ascii: ",") {
            if byte == UInt8(ascii: "\"") { _ = word(&rest) } else { rest.removeFirst() }
        }
    }

    private static func skipSpace(_ rest: inout Substring.UTF8View) {
        _ = take(&rest) { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }

    private static func take(_ rest: inout Substring.UTF8View, while isPart: (UInt8) -> Bool) -> String {
        let part = rest.prefix(while: isPart)
        rest = rest[part.endIndex...]
        return String(decoding: part, as: UTF8.self)
    }
}
