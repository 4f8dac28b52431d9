import Bytes

/// One range of bytes as `Range` asks for it (RFC 9110 section 14.1.2).
enum ByteRange: Sendable, Equatable {
    /// No range, several, another unit, or what cannot be read: the whole is the answer (section 14.2).
    case whole
    case part(Range<Int>)
    case unsatisfiable

    /// - Parameter length: bytes there are.
    init(_ field: String?, length: Int) {
        guard let field, field.lowercased().hasPrefix("bytes="), !field.contains(",") else {
            self = .whole
            return
        }
        let sides = field.dropFirst("bytes=".count).split(
            separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2, let first = Self.number(sides[0]), let last = Self.number(sides[1]) else {
            self = .whole
            return
        }
        switch (first, last) {
        case (nil, nil): self = .whole
        case (nil, let suffix?):
            self = suffix == 0 || length == 0 ? .unsatisfiable : .part(max(0, length - suffix)..<length)
        case (let first?, let last?) where last < first: self = .whole
        case (let first?, let last):
            // `last` is inclusive, and may lie beyond the end.
            let end = last.map { min($0, length - 1) + 1 } ?? length
            self = first >= length ? .unsatisfiable : .part(first..<end)
        }
    }

    /// The outer nil is no number; the inner is nothing. Numbers beyond Int are beyond every image too.
    private static func number(_ text: Substring) -> Int?? {
        if text.isEmpty { return .some(nil) }
        guard text.utf8.allSatisfy(\.isASCIIDigit) else { return .none }
        return .some(Int(text) ?? .max)
    }
}
