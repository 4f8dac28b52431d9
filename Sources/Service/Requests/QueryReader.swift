import Imaging

/// Reads the query parameters of one request and keeps every complaint. Names that a route does not know, and repeated
/// ones, are refused: a filter that is silently ignored would answer another question.
struct QueryReader {
    private var values: [String: String] = [:]
    private var errors = RequestFaults()

    init(_ query: [(name: String, value: String)], known: [String]) {
        for (name, value) in query {
            if !known.contains(name) {
                let list = known.isEmpty ? "this resource has none" : "known are \(known.joined(separator: ", "))"
                errors.append(.init(pointer: "?" + name.excerpt(100), detail: "unknown parameter; \(list)"))
            } else if values.updateValue(value, forKey: name) != nil {
                errors.append(.init(pointer: "?" + name, detail: "expected once, got several"))
            }
        }
    }

    /// A whole number in `range`; above it only if `clamps` is the upper bound itself.
    mutating func integer(_ name: String, in range: ClosedRange<Int>, default fallback: Int) -> Int {
        guard let text = values[name] else { return fallback }
        guard let number = Int(text), String(number) == text, range.contains(number) else {
            refuse(name, expected: "an integer from \(range.lowerBound) to \(range.upperBound)")
            return fallback
        }
        return number
    }

    mutating func choice(_ name: String, of choices: [String]) -> String? {
        guard let text = values[name] else { return nil }
        if !choices.contains(text) { refuse(name, expected: "one of \(choices.joined(separator: ", "))") }
        return text
    }

    mutating func text(_ name: String, expected: String, where accepts: (String) -> Bool) -> String? {
        guard let text = values[name] else { return nil }
        if !accepts(text) { refuse(name, expected: expected) }
        return text
    }

    /// - Throws: 400 with every complaint.
    func finish() throws(Problem) {
        guard errors.isEmpty else {
            throw Problem(.unreadable, "The query has parameters that cannot be used.", errors: errors)
        }
    }

    private mutating func refuse(_ name: String, expected: String) {
        let got = (values[name] ?? "").excerpt(60)
        errors.append(.init(pointer: "?" + name, detail: "expected \(expected), got \"\(got)\""))
    }
}
