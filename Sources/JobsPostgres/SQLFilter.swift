/// Conditions of a statement, with their values.
struct SQLFilter {
    private var conditions: [String] = []
    private(set) var parameters: [SQLValue] = []

    var sql: String { conditions.isEmpty ? "true" : conditions.joined(separator: " AND ") }

    mutating func require(_ condition: String) { conditions.append(condition) }

    /// - Parameter condition: has a `?` for each of the values, in their order; a value of nil asks for nothing.
    mutating func require(_ condition: String, _ values: SQLValue?...) {
        var text = ""
        var next = 0
        for character in condition {
            guard character == "?" else {
                text.append(character)
                continue
            }
            guard let value = values[next] else { return }
            parameters.append(value)
            text += "$\(parameters.count)"
            next += 1
        }
        conditions.append(text)
    }
}
