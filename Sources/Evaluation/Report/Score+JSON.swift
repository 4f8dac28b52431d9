import JSON

extension Score {
    /// The number as `report.json` has it. What is not there is null, and `reason` says why.
    public var json: JSONObject {
        var object: JSONObject = ["value": .number(value)]
        if let interval {
            object["interval"] = .array([.number(interval.lowerBound), .number(interval.upperBound)])
        }
        object["n_real"] = .integer(realCount)
        object["n_synthetic"] = .integer(syntheticCount)
        object["features"] = features.map { .string($0) }
        object["direction"] = .string(direction.rawValue)
        if !warnings.isEmpty { object["warnings"] = .array(warnings.map { .string($0) }) }
        object["reason"] = reason.map { .string($0) }
        return object
    }
}

extension JSONValue {
    /// A finite number, or null: JSON has no others.
    static func number(_ value: Double?) -> JSONValue {
        guard let value, value.isFinite else { return .null }
        return .double(value)
    }

    /// The object `metrics`: each score under its name.
    static func metrics(_ scores: [Score]) -> JSONValue {
        .object(JSONObject(scores.map { ($0.name, .object($0.json)) }))
    }
}
