import JSON

extension SchedulerConfiguration {
    /// The fields under diffusers' names, those that are not set left out: what a recipe carries, and what
    /// `init(json:)` reads back to an equal value.
    public var json: JSONObject {
        var object = JSONObject()
        object["num_train_timesteps"] = .integer(trainingSteps)
        writeBetas(to: &object)
        object["rescale_betas_zero_snr"] = .bool(rescalesToZeroSNR)
        object["prediction_type"] = .string(prediction.rawValue)
        object["variance_type"] = varianceType.map { .string($0.rawValue) }
        object["clip_sample"] = clipsSample.map { .bool($0) }
        object["clip_sample_range"] = .double(clipRange)
        object["thresholding"] = .bool(thresholding)
        object["dynamic_thresholding_ratio"] = .double(thresholdingRatio)
        object["sample_max_value"] = sampleMaximum.isFinite ? .double(sampleMaximum) : .null
        object["timestep_spacing"] = spacing.map { .string($0.rawValue) }
        object["steps_offset"] = .integer(stepsOffset)
        object["set_alpha_to_one"] = finalAlphaIsOne.map { .bool($0) }
        object["solver_order"] = .integer(solver.order)
        object["solver_type"] = .string(solver.unipc == .bh1 ? solver.unipc.rawValue : solver.step.rawValue)
        writeSpread(to: &object)
        object["lower_order_final"] = .bool(solver.lowerOrderFinal)
        object["euler_at_final"] = .bool(solver.eulerAtFinal)
        object["final_sigmas_type"] = .string(solver.finalSigma.rawValue)
        // Minus infinity, the default, is not JSON.
        object["lambda_min_clipped"] = solver.minimumLambda.isFinite ? .double(solver.minimumLambda) : nil
        return object
    }

    /// What came later than the first images is written only where it is used, so that their recipes read and hash as
    /// ever.
    private func writeSpread(to object: inout JSONObject) {
        if let sigmaSpacing { object[sigmaSpacing.flag] = true }
        object["sigma_min"] = sigmaMinimum.map { .double($0) }
        object["sigma_max"] = sigmaMaximum.map { .double($0) }
        if !solver.uncorrectedSteps.isEmpty {
            object["disable_corrector"] = .array(solver.uncorrectedSteps.map { .integer($0) })
        }
        guard let edm else { return }
        object["_class_name"] = .string(Self.edmClasses[0])
        object["sigma_min"] = .double(edm.sigmaMinimum)
        object["sigma_max"] = .double(edm.sigmaMaximum)
        object["sigma_data"] = .double(edm.sigmaData)
        object["rho"] = .double(edm.rho)
        object["sigma_schedule"] = .string(edm.spacing.rawValue)
    }

    private func writeBetas(to object: inout JSONObject) {
        func write(_ name: String, _ start: Double? = nil, _ end: Double? = nil) {
            object["beta_schedule"] = .string(name)
            object["beta_start"] = start.map { .double($0) }
            object["beta_end"] = end.map { .double($0) }
        }
        switch betaSchedule {
        case .linear(let start, let end): write("linear", start, end)
        case .scaledLinear(let start, let end): write("scaled_linear", start, end)
        case .squaredCosine: write("squaredcos_cap_v2")
        case .sigmoid(let start, let end): write("sigmoid", start, end)
        case .laplace: write("laplace")
        case .trained(let betas): object["trained_betas"] = .array(betas.map { .double(Double($0)) })
        }
    }
}
