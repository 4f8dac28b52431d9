import JSON

/// The reports on the images of one job in one: the worst of the maxima, the mean of the means.
struct ConsistencySummary {
    private let reports: [JSONValue]

    /// Nil without a report.
    init?(_ reports: [JSONValue]) {
        guard !reports.isEmpty else { return nil }
        self.reports = reports
    }

    var json: JSONObject {
        var object: JSONObject = ["computed": deviation("computed"), "quantised": deviation("quantised")]
        let changes = reports.compactMap { $0["outside_change"]?.number?.double }
        if let change = changes.max() { object["outside_change"] = .double(change) }
        return object
    }

    private func deviation(_ key: String) -> JSONValue {
        let maxima = reports.compactMap { $0[key]?["max"]?.number?.double }
        let means = reports.compactMap { $0[key]?["mean"]?.number?.double }
        return ["max": .double(maxima.max() ?? 0), "mean": .double(means.reduce(0, +) / Double(max(1, means.count)))]
    }
}
