import HTTPTypes

/// A strong entity tag (RFC 9110 section 8.8.3).
struct EntityTag: Sendable, Equatable {
    /// What stands between the quotation marks.
    let value: String

    /// - Parameter value: visible characters without quotation marks.
    init(_ value: String) { self.value = value }

    var text: String { "\"\(value)\"" }
}

/// `If-None-Match` and `If-Match` (RFC 9110 section 13.1): tags, or `*`.
struct EntityTagList: Sendable {
    let isAny: Bool
    /// Values between quotation marks, strong or weak.
    let values: [String]
    /// Those of strong tags alone.
    let strong: [String]

    /// Nil without the field. What is no tag in it matches nothing: a condition that cannot be read must not hide an
    /// answer.
    init?(_ lines: [String]) {
        guard !lines.isEmpty else { return nil }
        isAny = lines.count == 1 && lines[0] == "*"
        let tags = lines.flatMap { line in
            // Tags hold no quotation marks, so every second piece between them is one.
            let pieces = line.split(separator: "\"", omittingEmptySubsequences: false)
            return stride(from: 1, to: pieces.count - 1, by: 2).map { place in
                (value: String(pieces[place]), isWeak: pieces[place - 1].hasSuffix("W/"))
            }
        }
        values = tags.map(\.value)
        strong = tags.filter { !$0.isWeak }.map(\.value)
    }

    /// The weak comparison that `If-None-Match` asks for (section 13.1.2).
    func contains(_ tag: EntityTag) -> Bool { isAny || values.contains(tag.value) }
}
