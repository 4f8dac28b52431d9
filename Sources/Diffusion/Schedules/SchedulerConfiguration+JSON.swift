import JSON

extension SchedulerConfiguration {
    /// Classes whose fields are read here. But for the last, their betas mean a variance-preserving process.
    static let classes =
        [
            "DDPMScheduler", "DDIMScheduler", "PNDMScheduler", "DPMSolverMultistepScheduler",
            "DPMSolverSinglestepScheduler", "UniPCMultistepScheduler", "DEISMultistepScheduler",
            "EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler", "HeunDiscreteScheduler",
        ] + edmClasses
    /// Classes of models with the preconditioning of EDM.
    static let edmClasses = ["EDMEulerScheduler", "EDMDPMSolverMultistepScheduler"]

    /// Reads `scheduler_config.json` (ModelSpecification.md sections 1.3 and 6 to 10). Unknown fields are ignored, as
    /// upstream does; known fields with a value that Phantom cannot honour are refused. A null is what upstream makes
    /// of None: false of a flag, nothing where nothing is computed with it, and of the rest an error.
    ///
    /// - Parameter json: the file, read with non-finite numbers allowed (`lambda_min_clipped` may be a bare
    ///   `-Infinity`).
    /// - Throws: `JSONMismatch` or `InvalidSetting`, naming the field.
    public init(json: JSONObject) throws {
        self.init()
        let root = JSONCursor(json)
        let name = try root.member("_class_name")?.string(oneOf: Self.classes) ?? "DDPMScheduler"
        trainingSteps = try root.given("num_train_timesteps")?.int(in: 1...100_000) ?? 1000
        betaSchedule = try Self.betaSchedule(root, className: name, trainingSteps: trainingSteps)
        rescalesToZeroSNR = try root.given("rescale_betas_zero_snr")?.boolOrNone() ?? false
        prediction = try Self.prediction(root)
        varianceType = try root.choice("variance_type")
        try readCorrection(root)
        spacing = try root.given("timestep_spacing")?.choice()
        let isOffset = spacing == nil || spacing == .leading
        stepsOffset = try root.given("steps_offset", isUsed: isOffset)?.int(in: 0...100_000) ?? 0
        finalAlphaIsOne = try root.given("set_alpha_to_one")?.boolOrNone()
        sigmaSpacing = try Self.sigmaSpacing(root)
        if Self.edmClasses.contains(name) {
            edm = try EDMConfiguration(root)
            guard prediction != .sample else {
                throw JSONMismatch(
                    pointer: root.pointer(to: "prediction_type"),
                    expected: "epsilon or v_prediction, as the model is one of EDM",
                    got: "sample")
            }
        } else {
            (sigmaMinimum, sigmaMaximum) = try Self.sigmaRange(root)
        }
        solver = try SolverConfiguration(root)
        try Self.refuseOtherProcesses(root)
        // Made once here, so that a bad table is refused when the model is loaded.
        _ = try Schedule(self)
    }

    /// What is done to estimates of the clean image.
    private mutating func readCorrection(_ root: JSONCursor) throws {
        thresholding = try root.given("thresholding")?.boolOrNone() ?? false
        clipsSample = try root.given("clip_sample")?.boolOrNone()
        let clips = clipsSample != false && !thresholding
        clipRange = try root.given("clip_sample_range", isUsed: clips)?.double(in: 0...1e6) ?? 1
        let ratio = try root.given("dynamic_thresholding_ratio", isUsed: thresholding)
        thresholdingRatio = try ratio?.double(in: 0...1) ?? 0.995
        sampleMaximum =
            try root.given("sample_max_value").map { $0.value.isNull ? .infinity : try $0.double(in: 1e-6...1e6) } ?? 1
    }

    private static func betaSchedule(_ root: JSONCursor, className: String, trainingSteps: Int) throws -> BetaSchedule {
        if let trained = try root.member("trained_betas") {
            let betas = try trained.elements(count: trainingSteps...trainingSteps).map {
                Float(try $0.double(in: 0...1))
            }
            return .trained(betas)
        }
        let names = ["linear", "scaled_linear", "squaredcos_cap_v2", "sigmoid", "laplace"]
        let name = try root.given("beta_schedule")?.string(oneOf: names) ?? "linear"
        let hasEnds = !["squaredcos_cap_v2", "laplace"].contains(name)
        // Heun's class was written for latent models and has their defaults.
        let isHeun = className == "HeunDiscreteScheduler"
        let start = try root.given("beta_start", isUsed: hasEnds)?.double(in: 0...1) ?? (isHeun ? 0.00085 : 0.0001)
        let end = try root.given("beta_end", isUsed: hasEnds)?.double(in: 0...1) ?? (isHeun ? 0.012 : 0.02)
        switch name {
        case "scaled_linear": return .scaledLinear(start: start, end: end)
        case "squaredcos_cap_v2": return .squaredCosine
        case "sigmoid": return .sigmoid(start: start, end: end)
        case "laplace": return .laplace
        default: return .linear(start: start, end: end)
        }
    }

    /// At most one of the flags that diffusers has for it.
    private static func sigmaSpacing(_ root: JSONCursor) throws -> SigmaSpacing? {
        var found: SigmaSpacing?
        for spacing in SigmaSpacing.allCases {
            guard let flag = try root.given(spacing.flag), try flag.boolOrNone() else { continue }
            if found != nil { throw flag.mismatch(expected: "false, as the levels are spread otherwise already") }
            found = spacing
        }
        return found
    }

    private static func sigmaRange(_ root: JSONCursor) throws -> (Double?, Double?) {
        let lowest = try root.member("sigma_min")?.double(in: 1e-6...1e6)
        let highest = try root.member("sigma_max").map { member in
            let value = try member.double(in: 1e-6...1e6)
            guard value > lowest ?? 0 else { throw member.mismatch(expected: "a number above sigma_min") }
            return value
        }
        return (lowest, highest)
    }

    /// Fields that change what the network is, in ways that are not served.
    private static func refuseOtherProcesses(_ root: JSONCursor) throws {
        for field in ["use_flow_sigmas", "use_dynamic_shifting"] {
            if let flag = try root.given(field), try flag.boolOrNone() { throw flag.mismatch(expected: "false") }
        }
        if let flag = try root.given("predict_x0"), !(try flag.boolOrNone()) { throw flag.mismatch(expected: "true") }
        if let other = try root.member("solver_p") { throw other.mismatch(expected: "null") }
        _ = try root.given("interpolation_type")?.string(oneOf: ["linear"])
        _ = try root.member("timestep_type")?.string(oneOf: ["discrete"])
    }

    /// Old files say `predict_epsilon` instead of `prediction_type`.
    private static func prediction(_ root: JSONCursor) throws -> PredictionType {
        if let type: PredictionType = try root.given("prediction_type")?.choice() { return type }
        return try root.member("predict_epsilon")?.bool() == false ? .sample : .epsilon
    }
}

extension SigmaSpacing {
    /// The field of a scheduler's file.
    var flag: String { self == .lu ? "use_lu_lambdas" : "use_\(rawValue)_sigmas" }
}
