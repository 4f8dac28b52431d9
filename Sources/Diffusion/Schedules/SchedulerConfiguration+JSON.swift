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
    /// upstream does; known fields with a value that Phantom cannot honour are refused.
    ///
    /// - Parameter json: the file, read with non-finite numbers allowed (`lambda_min_clipped` may be a bare
    ///   `-Infinity`).
    /// - Throws: `JSONMismatch` or `InvalidSetting`, naming the field.
    public init(json: JSONObject) throws {
        self.init()
        let root = JSONCursor(json)
        let name = try root.member("_class_name")?.string(oneOf: Self.classes) ?? "DDPMScheduler"
        trainingSteps = try root.member("num_train_timesteps")?.int(in: 1...100_000) ?? 1000
        betaSchedule = try Self.betaSchedule(root, className: name, trainingSteps: trainingSteps)
        rescalesToZeroSNR = try root.member("rescale_betas_zero_snr")?.bool() ?? false
        prediction = try Self.prediction(root)
        varianceType = try Self.varianceType(root)
        clipsSample = try root.member("clip_sample")?.bool()
        clipRange = try root.member("clip_sample_range")?.double(in: 0...1e6) ?? 1
        thresholding = try root.member("thresholding")?.bool() ?? false
        thresholdingRatio = try root.member("dynamic_thresholding_ratio")?.double(in: 0...1) ?? 0.995
        sampleMaximum = try root.member("sample_max_value")?.double(in: 1e-6...1e6) ?? 1
        spacing = try root.choice("timestep_spacing")
        stepsOffset = try root.member("steps_offset")?.int(in: 0...100_000) ?? 0
        finalAlphaIsOne = try root.member("set_alpha_to_one")?.bool()
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

    private static func betaSchedule(_ root: JSONCursor, className: String, trainingSteps: Int) throws -> BetaSchedule {
        if let trained = try root.member("trained_betas") {
            let betas = try trained.elements(count: trainingSteps...trainingSteps).map {
                Float(try $0.double(in: 0...1))
            }
            return .trained(betas)
        }
        // Heun's class was written for latent models and has their defaults.
        let isHeun = className == "HeunDiscreteScheduler"
        let start = try root.member("beta_start")?.double(in: 0...1) ?? (isHeun ? 0.00085 : 0.0001)
        let end = try root.member("beta_end")?.double(in: 0...1) ?? (isHeun ? 0.012 : 0.02)
        let names = ["linear", "scaled_linear", "squaredcos_cap_v2", "sigmoid", "laplace"]
        switch try root.member("beta_schedule")?.string(oneOf: names) ?? "linear" {
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
            guard let flag = try root.member(spacing.flag), try flag.bool() else { continue }
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
            if let flag = try root.member(field), try flag.bool() { throw flag.mismatch(expected: "false") }
        }
        if let flag = try root.member("predict_x0"), !(try flag.bool()) { throw flag.mismatch(expected: "true") }
        if let other = try root.member("solver_p") { throw other.mismatch(expected: "null") }
        _ = try root.member("interpolation_type")?.string(oneOf: ["linear"])
        _ = try root.member("timestep_type")?.string(oneOf: ["discrete"])
    }

    /// Old files say `predict_epsilon` instead of `prediction_type`.
    private static func prediction(_ root: JSONCursor) throws -> PredictionType {
        if let type: PredictionType = try root.choice("prediction_type") { return type }
        return try root.member("predict_epsilon")?.bool() == false ? .sample : .epsilon
    }

    private static func varianceType(_ root: JSONCursor) throws -> VarianceType? { try root.choice("variance_type") }
}

extension SolverConfiguration {
    init(_ root: JSONCursor) throws {
        order = try root.member("solver_order")?.int(in: 1...3) ?? 2
        // UniPC and DEIS name their own kinds of step; DPM-Solver takes those as its midpoint.
        let steps = ["midpoint", "heun", "bh1", "bh2", "logrho"]
        let type = try root.member("solver_type")?.string(oneOf: steps)
        step = type == "heun" ? .heun : .midpoint
        unipc = type == "bh1" ? .bh1 : .bh2
        uncorrectedSteps =
            try root.member("disable_corrector")?.elements(count: 0...100_000).map { try $0.int(in: 0...100_000) } ?? []
        // Which of them is used is for the request to say.
        _ = try root.member("algorithm_type")?.string(oneOf: ["dpmsolver++", "sde-dpmsolver++", "deis"])
        lowerOrderFinal = try root.member("lower_order_final")?.bool() ?? true
        eulerAtFinal = try root.member("euler_at_final")?.bool() ?? false
        finalSigma = try root.choice("final_sigmas_type") ?? .zero
        if let lambda = try root.member("lambda_min_clipped") {
            guard let value = lambda.value.number?.double, value < 100 else {
                throw lambda.mismatch(expected: "a number below 100")
            }
            minimumLambda = value
        }
    }
}

extension EDMConfiguration {
    init(_ root: JSONCursor) throws {
        sigmaMinimum = try root.member("sigma_min")?.double(in: 1e-6...1e3) ?? 0.002
        if let member = try root.member("sigma_max") {
            sigmaMaximum = try member.double(in: 1e-6...1e6)
        }
        guard sigmaMaximum > sigmaMinimum else {
            throw JSONMismatch(
                pointer: root.pointer(to: "sigma_max"), expected: "a number above sigma_min (\(sigmaMinimum))",
                got: "\(sigmaMaximum)")
        }
        sigmaData = try root.member("sigma_data")?.double(in: 1e-3...1e3) ?? 0.5
        rho = try root.member("rho")?.double(in: 0.1...100) ?? 7
        spacing =
            try root.member("sigma_schedule")?.string(oneOf: ["karras", "exponential"]) == "exponential"
            ? .exponential : .karras
    }
}

extension SigmaSpacing {
    /// The field of a scheduler's file.
    var flag: String { self == .lu ? "use_lu_lambdas" : "use_\(rawValue)_sigmas" }
}
