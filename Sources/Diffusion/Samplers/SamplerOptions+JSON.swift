import JSON

extension SamplerOptions {
    /// The options that are set; nil if none is.
    public var json: JSONObject? {
        guard self != SamplerOptions() else { return nil }
        var object = JSONObject()
        object["order"] = order.map { .integer($0) }
        object["spacing"] = spacing.map { .string($0.name) }
        object["stride"] = stride.map { .string($0.rawValue) }
        object["sigma_max"] = sigmaMaximum.map { .double($0) }
        object["solver"] = solver.map { .string($0.rawValue) }
        object["clip"] = clip.map { .bool($0) }
        object["churn"] = churn?.json
        object["predictor"] = predictor.map { .string($0.rawValue) }
        object["corrector_steps"] = correctorSteps.map { .integer($0) }
        object["snr"] = signalToNoise.map { .double($0) }
        object["tolerance"] = tolerance.map { .double($0) }
        return object
    }

    /// Reads what `json` wrote. Ranges are checked when the sampler is made.
    public init(_ cursor: JSONCursor) throws(JSONMismatch) {
        try cursor.refuseMembers(otherThan: [
            "order", "spacing", "stride", "sigma_max", "solver", "clip", "churn", "predictor", "corrector_steps", "snr",
            "tolerance",
        ])
        order = try cursor.member("order")?.int(in: 1...3)
        if let member = try cursor.member("spacing") {
            let name = try member.string(oneOf: Spacing.allCases.map(\.name))
            spacing = Spacing.allCases.first { $0.name == name }
        }
        stride = try cursor.choice("stride")
        sigmaMaximum = try cursor.member("sigma_max")?.double(in: 1...1e6)
        solver = try cursor.choice("solver")
        clip = try cursor.member("clip")?.bool()
        if let member = try cursor.member("churn") { churn = try Churn(member) }
        predictor = try cursor.choice("predictor")
        correctorSteps = try cursor.member("corrector_steps")?.int(in: 0...10)
        signalToNoise = try cursor.member("snr")?.double(in: 0...1)
        tolerance = try cursor.member("tolerance")?.double(in: 1e-6...0.1)
    }
}

extension Churn {
    /// What differs from no churn at all; infinity is not JSON.
    var json: JSONValue {
        var object: JSONObject = ["amount": .double(amount)]
        if lowest != 0 { object["min"] = .double(lowest) }
        if highest.isFinite { object["max"] = .double(highest) }
        if noise != 1 { object["noise"] = .double(noise) }
        return .object(object)
    }

    init(_ cursor: JSONCursor) throws(JSONMismatch) {
        try cursor.refuseMembers(otherThan: ["amount", "min", "max", "noise"])
        amount = try cursor.required("amount").double(in: 0...1e6)
        lowest = try cursor.member("min")?.double(in: 0...1e6) ?? 0
        highest = try cursor.member("max")?.double(in: 0...1e6) ?? .infinity
        noise = try cursor.member("noise")?.double(in: 0...2) ?? 1
    }
}
