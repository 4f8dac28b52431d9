/// Fields of a table of comma-separated values (RFC 4180 section 2).
package enum CSVField {
    /// The field, between quotes where it needs them: with a comma, a quote or the end of a line in it, or a space in
    /// front, which readers take away.
    package static func text(_ value: String) -> String {
        let needsQuotes = value.utf8.first == 0x20 || value.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
        return needsQuotes ? quoted(value) : value
    }

    /// The field between quotes. Each quote in it stands twice: scalar by scalar, as one with an accent behind it is
    /// another character.
    package static func quoted(_ value: String) -> String {
        var text = "\""
        for scalar in value.unicodeScalars {
            if scalar == "\"" { text.unicodeScalars.append(scalar) }
            text.unicodeScalars.append(scalar)
        }
        // Appended as a scalar too: it would join what stands before it.
        text.unicodeScalars.append("\"")
        return text
    }
}
