/// The levels of a run for which none are asked: they begin where nothing is left of the image, so that more steps make
/// no worse picture, whatever class of diffusers wrote the model's scheduler file.
extension SamplerOptions {
    /// These options with spacing, stride, ceiling and clipping filled in. What is set stays; `Spacing.model` takes all
    /// four from the folder, as diffusers does.
    ///
    /// - Parameters:
    ///   - model: whose file's own spacing is taken by a sampler of its class, unless it begins far from the noise.
    ///   - method: of a restoration; nil for images from noise.
    public func completed(
        for kind: SamplerKind, model: Generation.Model, method: Restoration.Method? = nil
    ) -> SamplerOptions {
        // It chooses its steps by the image, not by a list.
        guard kind != .probabilityFlow, spacing != .model else { return self }
        var options = self
        if spacing == nil { options.spacing = kind.spacing(of: model) }
        if kind == .ddim, method == nil || method == .conditional { options.stride = stride ?? .list }
        guard model.scheduler.edm == nil else { return options }
        let spreads = if case .sigmas = options.spacing { kind != .edm } else { false }
        if kind == .heun || spreads { options.sigmaMaximum = sigmaMaximum ?? Self.ceiling }
        // DDPM, DDIM and Heun heed the file by themselves.
        if model.scheduler.clipsSample == true, !kind.clips(model.scheduler), kind != .predictorCorrector {
            options.clip = clip ?? true
        }
        return options
    }

    /// Above the last level of linear betas (157); tables that go on from here, as a cosine to 20,291, have nothing of
    /// the image there.
    ///
    /// Levels that are spread by their noise would mostly lie in that part, and a step of Heun's method weighs the
    /// difference of its two estimates by raised/next: from 20,291 in one step to where the image begins, that is noise
    /// alone.
    private static let ceiling = 160.0
}

extension SamplerKind {
    /// The samplers that a class of diffusers is; none for those that Phantom has not.
    public static func samplers(ofSchedulerClass name: String) -> [SamplerKind] {
        switch name {
        case "DDPMScheduler": [.ddpm]
        case "DDIMScheduler": [.ddim]
        case "DPMSolverMultistepScheduler", "EDMDPMSolverMultistepScheduler":
            [.dpmSolverPlusPlus, .stochasticDPMSolverPlusPlus]
        case "UniPCMultistepScheduler": [.unipc]
        case "EulerDiscreteScheduler", "EDMEulerScheduler": [.euler]
        case "EulerAncestralDiscreteScheduler": [.eulerAncestral]
        case "HeunDiscreteScheduler": [.heun]
        default: []
        }
    }

    /// The spacing of a run that names none.
    func spacing(of model: Generation.Model) -> SamplerOptions.Spacing {
        let scheduler = model.scheduler
        // A model of EDM has one list, of the noise that it was trained with.
        if let edm = scheduler.edm { return .sigmas(scheduler.sigmaSpacing ?? edm.spacing) }
        if model.ownSamplers.contains(self) {
            if let spacing = scheduler.sigmaSpacing { return .sigmas(spacing) }
            switch scheduler.spacing {
            case .linspace?: return .timesteps(.linspace)
            case .trailing?: return .timesteps(.trailing)
            // (N - 1)(T / N) is far from T where N does not divide it well: 599 of 999 for 600 steps.
            case .leading?, nil: break
            }
        }
        return switch self {
        case .heun, .edm: .sigmas(.karras)
        default: .timesteps(.trailing)
        }
    }
}
