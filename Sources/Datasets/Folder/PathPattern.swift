/// A regular expression that takes a word out of an image's path: its first group, or all that it matches.
struct PathPattern {
    private let expression: Regex<AnyRegexOutput>

    /// - Throws: `DatasetError` for text that is no regular expression.
    init(_ text: String, field: String) throws(DatasetError) {
        do { expression = try Regex(text) } catch {
            throw DatasetError(path: "", item: field, expected: "a regular expression", got: "\(text): \(error)")
        }
    }

    /// Nil where the path does not match.
    func word(in path: String) -> String? {
        guard let match = try? expression.firstMatch(in: path) else { return nil }
        let part = match.output.count > 1 ? match.output[1].substring : match.output[0].substring
        return part.map(String.init)
    }
}
