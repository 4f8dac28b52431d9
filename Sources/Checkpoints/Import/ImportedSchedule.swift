import JSON

/// The noise schedule of an imported model: the user's or the folder's own file, else the library's defaults, which are
/// told.
struct ImportedSchedule {
    private(set) var fields: JSONObject
    private(set) var assumptions: [ImportAssumption] = []
    /// Training steps, if the network was told them as thousandths of the whole instead of as they are.
    private(set) var stepsToldInThousandths: Int?

    /// - Throws: if the options contradict each other, or leave open what makes a difference.
    init(_ source: ImportSource, learnsVariance: Bool) throws(CheckpointError) {
        let options = source.options
        // A scheduler's own file in a folder is complete: defaults of another library have no place in it.
        fields = source.hasScheduler ? JSONObject() : source.family.scheduler
        if learnsVariance, !source.hasScheduler { fields["variance_type"] = "learned_range" }
        for (field, value) in options.scheduler { fields[field] = value }
        try takeSteps(source)
        if !source.hasScheduler {
            let open = fields.filter {
                options.scheduler[$0.key] == nil && !($0.key == "num_train_timesteps" && options.trainingSteps != nil)
            }
            // Betas that a file gives leave nothing of a formula, and those of a cosine have no ends to choose.
            let hasEnds = ["linear", "scaled_linear", "sigmoid"].contains(fields["beta_schedule"]?.string)
            let unused: [String] =
                Self.hasBetas(options)
                ? ["beta_schedule", "beta_start", "beta_end"]
                : hasEnds ? [] : ["beta_start", "beta_end"]
            let told = open.filter { !unused.contains($0.key) }
                .filter { $0.key != "variance_type" || !learnsVariance || $0.value != "learned_range" }
            if !told.isEmpty {
                assumptions.append(
                    .init("noise schedule", .object(JSONObject(told.map { ($0.key, $0.value) })), option: "--scheduler")
                )
            }
            if learnsVariance, options.scheduler["variance_type"] == nil {
                assumptions.append(.init("variance_type", "learned_range", option: "--scheduler"))
            }
        }
    }

    private mutating func takeSteps(_ source: ImportSource) throws(CheckpointError) {
        let options = source.options
        func fault(_ item: String, _ expected: String, _ got: String) -> CheckpointError {
            CheckpointError(path: source.origin, item: item, expected: expected, got: got)
        }
        if let steps = options.trainingSteps {
            if let other = options.scheduler["num_train_timesteps"], other.number?.int != steps {
                throw fault("--training-steps", "\(other.summary), as the scheduler says", "\(steps)")
            }
            fields["num_train_timesteps"] = .integer(steps)
        }
        let steps = fields["num_train_timesteps"]?.number?.int ?? 1000
        if source.family == GuidedDiffusionFamily.self, !source.hasScheduler { scaleLinearBetas(options, steps: steps) }
        guard source.family == GuidedDiffusionFamily.self else {
            if options.rescaledTimesteps != nil {
                throw fault(
                    "--rescaled-timesteps", "a network of improved-diffusion or guided-diffusion",
                    "one of \(source.family.name)")
            }
            return
        }
        guard steps != 1000 else {
            // Thousandths of a thousand steps are the steps themselves.
            if options.trainingSteps == nil, options.scheduler["num_train_timesteps"] == nil {
                assumptions.append(.init("training steps", 1000, option: "--training-steps"))
            }
            return
        }
        guard let rescaled = options.rescaledTimesteps else {
            throw fault(
                "--rescaled-timesteps",
                """
                yes if the network was told t * 1000 / \(steps) (rescale_timesteps, the default of \
                improved-diffusion), 
                """
                    + "no if it was told t (the default of guided-diffusion)", "neither, and the weights do not show it"
            )
        }
        if rescaled { stepsToldInThousandths = steps }
    }

    /// Whether the user's file gives the betas themselves; diffusers writes a null where it does not.
    private static func hasBetas(_ options: ImportOptions) -> Bool {
        options.scheduler["trained_betas"]?.isNull == false
    }

    /// The library's linear betas are for 1000 steps and scaled for others (`get_named_beta_schedule`).
    private mutating func scaleLinearBetas(_ options: ImportOptions, steps: Int) {
        guard steps > 0, steps != 1000, fields["beta_schedule"] == "linear", !Self.hasBetas(options) else { return }
        let scale = 1000 / Double(steps)
        if options.scheduler["beta_start"] == nil { fields["beta_start"] = .double(scale * 0.0001) }
        if options.scheduler["beta_end"] == nil { fields["beta_end"] = .double(scale * 0.02) }
    }
}
