import JSON

/// Where in a run guidance acts (Kynkäänniemi et al. 2024, "Applying guidance in a limited interval improves sample and
/// distribution quality in diffusion models"): at high noise it narrows the choice, at low noise it changes nothing.
public enum GuidanceInterval: Sendable, Equatable {
    /// By fractions of the run's network evaluations: from the first that is at least `start` through to `end`,
    /// exclusive. 0 <= start < end <= 1.
    case steps(start: Double, end: Double)
    /// By noise levels: low < sigma <= high (eq. 5), sigma = sqrt((1 - abar)/abar). 0 <= low < high.
    case sigma(low: Double, high: Double)

    func contains(_ index: Int, of evaluations: Int, sigma: Float) -> Bool {
        switch self {
        case .steps(let start, let end):
            let (place, total) = (Double(index), Double(evaluations))
            return place >= start * total && place < end * total
        case .sigma(let low, let high): return Double(sigma) > low && Double(sigma) <= high
        }
    }

    func validate() throws(InvalidSetting) {
        let (lower, upper, limit) =
            switch self {
            case .steps(let start, let end): (start, end, 1.0)
            case .sigma(let low, let high): (low, high, Double.greatestFiniteMagnitude)
            }
        guard lower >= 0, lower < upper, upper <= limit else {
            let range = limit == 1 ? "0 to 1" : "0 upwards"
            throw InvalidSetting(
                "guidance_interval", expected: "two rising numbers from \(range)", got: "[\(lower), \(upper)]")
        }
    }
}

extension GuidanceInterval {
    /// `{"steps": [0.1, 0.8]}` or `{"sigma": [0.3, 5.0]}`.
    public var json: JSONValue {
        switch self {
        case .steps(let start, let end): ["steps": [.double(start), .double(end)]]
        case .sigma(let low, let high): ["sigma": [.double(low), .double(high)]]
        }
    }

    /// Reads what `json` wrote.
    ///
    /// - Throws: `JSONMismatch`, also where the numbers are no interval.
    public init(_ cursor: JSONCursor) throws(JSONMismatch) {
        try cursor.refuseMembers(otherThan: ["steps", "sigma"])
        func pair(_ member: JSONCursor) throws(JSONMismatch) -> (Double, Double) {
            let bounds = try member.elements(count: 2...2)
            return (try bounds[0].double(), try bounds[1].double())
        }
        let (steps, sigma) = (try cursor.member("steps"), try cursor.member("sigma"))
        switch (steps, sigma) {
        case (let member?, nil):
            let (start, end) = try pair(member)
            self = .steps(start: start, end: end)
        case (nil, let member?):
            let (low, high) = try pair(member)
            self = .sigma(low: low, high: high)
        default: throw cursor.mismatch(expected: "either steps or sigma")
        }
        do throws(InvalidSetting) {
            try validate()
        } catch {
            throw (steps ?? sigma ?? cursor).mismatch(expected: error.expected)
        }
    }
}
