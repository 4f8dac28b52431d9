/// `form-data; name="..."; filename="..."` (RFC 7578 section 4.2, RFC 6266 section 4.1).
struct ContentDisposition: Equatable {
    let name: String?
    let filename: String?

    /// Nil for another type, or parameters that cannot be read.
    init?(_ text: String) {
        var rest = Substring(text)
        let type = rest.prefix { $0 != ";" }
        guard type.filter({ $0 != " " && $0 != "\t" }).lowercased() == "form-data" else { return nil }
        rest = rest.dropFirst(type.count)
        var parameters: [String: String] = [:]
        while !rest.isEmpty {
            guard let (key, value) = Self.parameter(&rest), parameters.updateValue(value, forKey: key) == nil else {
                return nil
            }
        }
        name = parameters["name"]
        filename = parameters["filename"]
    }

    /// The parameter after a semicolon, its name in lower case.
    private static func parameter(_ rest: inout Substring) -> (String, String)? {
        guard rest.popFirst() == ";" else { return nil }
        let key = rest.prefix { $0 != "=" }
        rest = rest.dropFirst(key.count + 1)
        let trimmed = key.filter { $0 != " " && $0 != "\t" }.lowercased()
        guard Grammar.isToken(trimmed.utf8) else { return nil }
        guard rest.first == "\"" else {
            let value = rest.prefix { $0 != ";" && $0 != " " && $0 != "\t" }
            rest = rest.dropFirst(value.count).drop { $0 == " " || $0 == "\t" }
            return (trimmed, String(value))
        }
        rest.removeFirst()
        var value = ""
        while let character = rest.popFirst() {
            if character == "\"" {
                rest = rest.drop { $0 == " " || $0 == "\t" }
                return (trimmed, value)
            }
            // Browsers escape with percent signs and others with a backslash; neither matters to the names used here.
            if character == "\\", let next = rest.popFirst() { value.append(next) } else { value.append(character) }
        }
        return nil
    }
}
