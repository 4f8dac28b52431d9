import JSON

extension Score {
    /// The number as it stands in `report.json` under its name: `value` (null with a `reason` where there is none),
    /// `interval` (`[low, high]` or null), `std` where there is one, `n_real`, `n_synthetic`, `features` (null where
    /// pixels were compared), `direction`, `warnings`.
    public var json: JSONObject {
        var object = JSONObject()
        object["value"] = value.map { .double($0) } ?? .null
        object["interval"] = interval.map { .array([.double($0.lowerBound), .double($0.upperBound)]) } ?? .null
        if let deviation { object["std"] = .double(deviation) }
        object["n_real"] = .integer(realCount)
        object["n_synthetic"] = .integer(syntheticCount)
        object["features"] = features.map { .string($0) } ?? .null
        object["direction"] = .string(direction.rawValue)
        object["warnings"] = .array(warnings.map { .string($0) })
        object["reason"] = value == nil ? .string(reason ?? "it was not computed") : reason.map { .string($0) } ?? .null
        return object
    }
}

extension Sequence<Score> {
    /// The numbers by name, in their order: the member `metrics` of `report.json`.
    public var json: JSONObject { JSONObject(map { ($0.name, .object($0.json)) }) }
}
