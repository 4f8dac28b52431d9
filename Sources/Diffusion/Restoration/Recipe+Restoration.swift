/// A recipe's run with what a restoration adds.
extension Recipe {
    /// What is known of the image; nil in a generation.
    ///
    /// - Throws: `InvalidSetting` if the inputs are not those that the recipe names.
    func measurement(_ inputs: RestorationInputs?) throws(InvalidSetting) -> Measurement? {
        guard let restoration else {
            guard inputs == nil else { throw InvalidSetting("image", expected: "none in a generation", got: "one") }
            return nil
        }
        guard let inputs else { throw InvalidSetting("image", expected: "the pixels of SHA-256 \(restoration.imageDigest)", got: "none") }
        return try inputs.measurement(for: self, restoration)
    }

    /// - Parameter measurement: nil in a generation, or only to find out what a run takes.
    func makeSampler(_ measurement: Measurement?) throws(InvalidSetting) -> any Sampler {
        let (kind, options) = (settings.sampler, settings.samplerOptions)
        let schedule = try kind.schedule(configuration: scheduler, options: options)
        if let restoration {
            switch (restoration.method, kind) {
            case (.repaint, _):
                var others = options
                others.spacing = nil
                guard others == SamplerOptions() else {
                    throw InvalidSetting(
                        "sampler_options", expected: "only spacing, because of method repaint", got: "others")
                }
                return try RePaintSampler(recipe: self, resampling: restoration.resampling, schedule: schedule, measurement: measurement)
            case (.ddnm, .ddim):
                guard options.stride == nil else {
                    throw InvalidSetting(
                        "sampler_options/stride", expected: "none, because method ddnm follows its list", got: "one")
                }
                return try DDNMSampler(recipe: self, resampling: restoration.resampling, schedule: schedule, measurement: measurement)
            case (.ddnm, _), (.conditional, _): break
            }
        }
        return try kind.sampler(schedule: schedule, steps: settings.steps, eta: settings.eta, options: options)
    }

    /// What a conditional model is shown; empty for others.
    func shown(_ inputs: RestorationInputs?) -> [Float] {
        guard let restoration, let concatenation = restoration.concatenation, let image = inputs?.image else { return [] }
        return concatenation.upsampling.enlarge(
            image.planes(in: restoration.valueRange), width: image.width, height: image.height, scale: restoration.scale ?? 1)
    }
}
