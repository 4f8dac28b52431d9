extension SamplerOptions {
    /// Refuses options that the sampler does not have, and values that it cannot take.
    ///
    /// - Throws: `InvalidSetting` of the first that is wrong, field `sampler_options/` and its name.
    package func validate(for kind: SamplerKind) throws(InvalidSetting) {
        let check = OptionCheck(kind: kind)
        try validateSolver(check)
        try validateLevels(check)
        try validateNoise(check)
        if let tolerance {
            let isValid = tolerance >= 1e-6 && tolerance <= 0.1
            try check("tolerance", isValid, "1e-6 to 0.1", "\(tolerance)", for: [.probabilityFlow])
        }
    }

    private static let solvers: [SamplerKind] = [.dpmSolverPlusPlus, .stochasticDPMSolverPlusPlus]
    /// The samplers whose levels can be spread by their noise.
    private static let spreading = solvers + [.unipc, .euler, .eulerAncestral, .heun, .edm]

    private func validateSolver(_ check: OptionCheck) throws(InvalidSetting) {
        if let order {
            try check("order", (1...3).contains(order), "1 to 3", "\(order)", for: Self.solvers + [.unipc])
        }
        if let solver {
            let ofUniPC = solver == .bh1 || solver == .bh2
            try check("solver", solver.rawValue, for: ofUniPC ? [.unipc] : Self.solvers)
        }
    }

    private func validateLevels(_ check: OptionCheck) throws(InvalidSetting) {
        let listed = SamplerKind.allCases.filter { $0 != .probabilityFlow }
        switch spacing {
        case .timesteps(let spacing):
            try check("spacing", spacing.rawValue, for: listed.filter { $0 != .edm })
        case .sigmas(let spacing): try check("spacing", spacing.rawValue, for: Self.spreading)
        case .model: try check("spacing", "model", for: listed)
        case nil: break
        }
        if let sigmaMaximum {
            let isValid = sigmaMaximum >= 1 && sigmaMaximum <= 1e6
            try check("sigma_max", isValid, "1 to 1e6", "\(sigmaMaximum)", for: Self.spreading)
        }
        if let stride { try check("stride", stride.rawValue, for: [.ddim]) }
    }

    private func validateNoise(_ check: OptionCheck) throws(InvalidSetting) {
        if let churn { try check("churn", churn.isValid, Churn.range, churn.text, for: [.edm]) }
        if let predictor { try check("predictor", predictor.rawValue, for: [.predictorCorrector]) }
        if let correctorSteps {
            let isValid = (0...10).contains(correctorSteps)
            try check("corrector_steps", isValid, "0 to 10", "\(correctorSteps)", for: [.predictorCorrector])
        }
        if let signalToNoise {
            let isValid = signalToNoise > 0 && signalToNoise <= 1
            try check("snr", isValid, "a number above 0, at most 1", "\(signalToNoise)", for: [.predictorCorrector])
        }
    }
}

/// The check of one option against a sampler.
private struct OptionCheck {
    let kind: SamplerKind

    /// Refuses an option that belongs to other samplers, then a value outside the range.
    func callAsFunction(
        _ name: String, _ isValid: Bool, _ expected: String, _ got: String, for samplers: [SamplerKind]
    ) throws(InvalidSetting) {
        guard samplers.contains(kind) else {
            throw InvalidSetting(
                "sampler_options/\(name)",
                expected: "no such option of \(kind.rawValue): it is one of "
                    + samplers.map(\.rawValue).joined(separator: ", "), got: got)
        }
        guard isValid else { throw InvalidSetting("sampler_options/\(name)", expected: expected, got: got) }
    }

    /// Refuses an option that belongs to other samplers; every value of it is one.
    func callAsFunction(_ name: String, _ got: String, for samplers: [SamplerKind]) throws(InvalidSetting) {
        try self(name, true, "", got, for: samplers)
    }
}
