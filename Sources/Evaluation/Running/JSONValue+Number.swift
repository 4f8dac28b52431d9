import JSON

extension JSONValue {
    /// A finite number, or null: JSON has no others.
    static func number(_ value: Double?) -> JSONValue {
        guard let value, value.isFinite else { return .null }
        return .double(value)
    }
}
