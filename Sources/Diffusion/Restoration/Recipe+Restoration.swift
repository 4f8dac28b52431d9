/// A recipe's run with what a restoration adds.
extension Recipe {
    /// What is known of the image; nil in a generation.
    ///
    /// - Throws: `InvalidSetting` if the inputs are not those that the recipe names.
    func measurement(_ inputs: RestorationInputs?) throws(InvalidSetting) -> Measurement? {
        try check(inputs)
        guard let restoration, let inputs else { return nil }
        return inputs.measurement(for: self, restoration)
    }

    /// Refuses inputs that are not those that the recipe names.
    ///
    /// - Throws: `InvalidSetting` naming the picture.
    public func check(_ inputs: RestorationInputs?) throws(InvalidSetting) {
        guard let restoration else {
            guard inputs == nil else { throw InvalidSetting("image", expected: "none in a generation", got: "one") }
            return
        }
        guard let inputs else {
            throw InvalidSetting(
                "image", expected: "the pixels of SHA-256 \(restoration.imageDigest)", got: "none")
        }
        try inputs.check(self, restoration)
    }

    /// The sampler of the run, with what a restoration puts around it.
    ///
    /// - Parameters:
    ///   - measurement: nil in a generation, or only to find out what a run takes.
    ///   - shown: as `shown(_:)` gave it.
    func makeSampler(_ measurement: Measurement?, shown: [Float] = []) throws(InvalidSetting) -> any Sampler {
        let schedule = try settings.sampler.schedule(configuration: scheduler, options: settings.samplerOptions)
        guard let restoration else { return try plainSampler(schedule) }
        switch restoration.method {
        case .repaint: return try repaintSampler(restoration, schedule, measurement)
        case .ddnm:
            let base =
                settings.sampler == .ddim
                ? try ddnmSampler(restoration, schedule, measurement) : try plainSampler(schedule)
            guard let measurement else { return base }
            return MeasuredSampler(base: base, measurement: measurement)
        case .conditional:
            let base = try plainSampler(schedule)
            guard let concatenation = restoration.concatenation else { return base }
            return ConcatenatedSampler(base: base, concatenation: concatenation, shown: shown)
        }
    }

    private func plainSampler(_ schedule: Schedule) throws(InvalidSetting) -> any Sampler {
        try settings.sampler.sampler(
            schedule: schedule, steps: settings.steps, eta: settings.eta, options: settings.samplerOptions)
    }

    private func repaintSampler(
        _ restoration: Restoration, _ schedule: Schedule, _ measurement: Measurement?
    ) throws(InvalidSetting) -> any Sampler {
        var others = settings.samplerOptions
        others.spacing = nil
        guard others == SamplerOptions() else {
            throw InvalidSetting(
                "sampler_options", expected: "only spacing, because of method repaint", got: "others")
        }
        return try RePaintSampler(
            recipe: self, resampling: restoration.resampling, schedule: schedule, measurement: measurement)
    }

    private func ddnmSampler(
        _ restoration: Restoration, _ schedule: Schedule, _ measurement: Measurement?
    ) throws(InvalidSetting) -> any Sampler {
        guard settings.samplerOptions.stride == nil else {
            throw InvalidSetting(
                "sampler_options/stride", expected: "none, because method ddnm follows its list", got: "one")
        }
        return try DDNMSampler(
            recipe: self, resampling: restoration.resampling, schedule: schedule, measurement: measurement)
    }

    /// What a conditional model is shown; empty for others.
    func shown(_ inputs: RestorationInputs?) -> [Float] {
        guard let restoration, let concatenation = restoration.concatenation, let image = inputs?.image else {
            return []
        }
        return concatenation.upsampling.enlarge(
            image.planes(in: restoration.valueRange), width: image.width, height: image.height,
            scale: restoration.scale ?? 1)
    }
}
