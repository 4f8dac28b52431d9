/// A media type as `Content-Type` writes it (RFC 9110 section 8.3.1).
struct MediaType: Sendable {
    let type: String
    /// Names in lower case.
    let parameters: [String: String]

    init?(_ text: String) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map(Self.trimmed)
        type = parts[0].lowercased()
        guard type.split(separator: "/", omittingEmptySubsequences: false).count == 2 else { return nil }
        var parameters: [String: String] = [:]
        for part in parts.dropFirst() where !part.isEmpty {
            let sides = part.split(separator: "=", maxSplits: 1)
            guard sides.count == 2 else { return nil }
            var value = sides[1]
            if value.count >= 2, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
            parameters[sides[0].lowercased()] = String(value)
        }
        self.parameters = parameters
    }

    /// JSON is UTF-8 (RFC 8259 section 8.1); a charset that says otherwise is not taken.
    var isJSON: Bool {
        type == "application/json" && (parameters["charset"].map { $0.lowercased() == "utf-8" } ?? true)
    }

    /// RFC 7578; whether its boundary is one is found out with the body.
    var isForm: Bool { type == "multipart/form-data" }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
