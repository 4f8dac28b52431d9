import JSON

/// The weight of the loss as train.json names it.
public enum LossSettings: Sendable, Equatable {
    case plain
    case minSNR(gamma: Double)
    case p2(k: Double, gamma: Double)
    /// `data` is measured where it is nil.
    case edm(data: Double?)

    /// `{"weight": "plain|min-snr|p2|edm", "gamma", "k", "sigma_data"}`.
    init(_ cursor: JSONCursor) throws(JSONMismatch) {
        let name = try cursor.member("weight")?.string(oneOf: ["plain", "min-snr", "p2", "edm"]) ?? "edm"
        let fields: [String: Set<String>] = ["min-snr": ["gamma"], "p2": ["k", "gamma"], "edm": ["sigma_data"]]
        try cursor.refuseMembers(otherThan: Set(["weight"]).union(fields[name] ?? []))
        switch name {
        case "plain": self = .plain
        case "min-snr": self = .minSNR(gamma: try cursor.member("gamma")?.double(in: 1e-6...1e6) ?? 5)
        case "p2":
            self = .p2(
                k: try cursor.member("k")?.double(in: 1e-6...1e6) ?? 1,
                gamma: try cursor.member("gamma")?.double(in: 0...10) ?? 1)
        default: self = .edm(data: try cursor.member("sigma_data")?.double(in: 1e-3...1e3))
        }
    }

    var json: JSONValue {
        switch self {
        case .plain: return ["weight": "plain"]
        case .minSNR(let gamma): return ["weight": "min-snr", "gamma": .double(gamma)]
        case .p2(let k, let gamma): return ["weight": "p2", "k": .double(k), "gamma": .double(gamma)]
        case .edm(let data):
            var object: JSONObject = ["weight": "edm"]
            object["sigma_data"] = data.map { .double($0) }
            return .object(object)
        }
    }

    /// The weight, with the deviation that was measured where none is given.
    func weight(measured: () throws -> Double) rethrows -> LossWeight {
        switch self {
        case .plain: .plain
        case .minSNR(let gamma): .minSNR(gamma: gamma)
        case .p2(let k, let gamma): .p2(k: k, gamma: gamma)
        case .edm(let data): .edm(data: try data ?? measured())
        }
    }
}
