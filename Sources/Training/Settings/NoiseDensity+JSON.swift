import JSON

extension NoiseDensity {
    /// EDM2's for 64 pixels.
    static let `default` = NoiseDensity.logSNRNormal(mean: 1.6, deviation: 3.2)

    /// `{"density": "uniform|logsnr-normal|logsnr-laplace", "mean", "std"}`.
    init(_ cursor: JSONCursor) throws(JSONMismatch) {
        let names = ["uniform", "logsnr-normal", "logsnr-laplace"]
        let name = try cursor.member("density")?.string(oneOf: names) ?? names[1]
        try cursor.refuseMembers(otherThan: name == "uniform" ? ["density"] : ["density", "mean", "std"])
        let mean = try cursor.member("mean")?.double(in: -30...30) ?? 1.6
        let deviation = try cursor.member("std")?.double(in: 1e-3...30) ?? 3.2
        switch name {
        case "uniform": self = .uniform
        case "logsnr-laplace": self = .logSNRLaplace(mean: mean, deviation: deviation)
        default: self = .logSNRNormal(mean: mean, deviation: deviation)
        }
    }

    var json: JSONValue {
        func members(_ name: String, _ mean: Double, _ deviation: Double) -> JSONValue {
            ["density": .string(name), "mean": .double(mean), "std": .double(deviation)]
        }
        switch self {
        case .uniform: return ["density": "uniform"]
        case .logSNRNormal(let mean, let deviation): return members("logsnr-normal", mean, deviation)
        case .logSNRLaplace(let mean, let deviation): return members("logsnr-laplace", mean, deviation)
        }
    }
}
