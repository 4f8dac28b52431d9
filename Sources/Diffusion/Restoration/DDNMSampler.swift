/// DDNM and, where the measurement is noisy, DDNM+ (Wang, Yu & Zhang 2023, arXiv 2212.00490, algorithms 1 to 4), in the
/// form of its authors' program: a DDIM-like step from the corrected estimate, with eta of the level's noise drawn
/// anew.
///
/// Time travel (algorithm 2, line 8) goes back up by the forward process itself, x_t -> x_{t+l}.
struct DDNMSampler: LevelledSampler {
    /// What a visit needs: the level it is at and the one it leads to.
    struct Step: Sendable {
        let timestep: Int
        /// sqrt(abar_t), sqrt(1 - abar_t).
        let level: NoiseLevel
        /// sqrt(abar of the next level).
        let image: Float
        let coefficients: DDNMCoefficients
        /// The climb after the step: x <- kept x + added z; nil without one.
        let climb: (kept: Float, added: Float)?
    }

    private let steps: [Step]
    let parameterisation: Parameterisation
    /// Applied before the projection only: what that gives may leave the range, for the measurement decides.
    let correction: Correction
    private let measurement: Measurement?

    /// - Parameters:
    ///   - eta: 0 deterministic ... 1 all noise drawn anew.
    ///   - measurement: nil only to find out what a run takes.
    init(
        recipe: Recipe, resampling: Restoration.Resampling, schedule: Schedule, measurement: Measurement?
    ) throws(InvalidSetting) {
        guard recipe.eta >= 0, recipe.eta <= 1 else {
            throw InvalidSetting("eta", expected: "a number from 0 to 1", got: "\(recipe.eta)")
        }
        let configuration = schedule.configuration
        let timesteps = try Timesteps.discrete(
            steps: recipe.steps, spacing: configuration.spacing ?? .leading, configuration: configuration)
        // abar by level, from level -1, the clean image, at place 0.
        let levels: [Float] = [1] + timesteps.reversed().map { schedule.alphaBar[$0] }
        let path = try ResamplingPath(steps: timesteps.count, resampling: resampling)
        steps = path.visits.map { visit in
            let (here, next) = (levels[visit.level + 1], levels[visit.level])
            let coefficients = DDNMCoefficients(
                alphaBar: Double(next), eta: recipe.eta, deviation: measurement?.deviation ?? 0,
                singularValue: measurement?.system.singularValue ?? 1)
            let share = levels[visit.level + visit.climb] / next
            return Step(
                timestep: timesteps[timesteps.count - 1 - visit.level],
                level: NoiseLevel(signal: here.squareRoot(), noise: (1 - here).squareRoot()),
                image: next.squareRoot(), coefficients: coefficients,
                climb: visit.climb > 0 ? (share.squareRoot(), (1 - share).squareRoot()) : nil)
        }
        parameterisation = Parameterisation(configuration)
        correction = Correction(configuration)
        self.measurement = measurement
    }

    var evaluations: Int { steps.count }
    func timestep(_ state: SamplerState, _ index: Int) -> Float { Float(steps[index].timestep) }
    func needsNoise(_ index: Int) -> Bool { steps[index].coefficients.drawsNoise }

    func level(_ state: SamplerState, _ index: Int) -> NoiseLevel { steps[index].level }

    func advance(
        _ state: inout SamplerState, image: [Float], prediction output: [Float], noise: [Float], at index: Int
    ) {
        let (step, c) = (steps[index], steps[index].coefficients)
        // As upstream that of the network, although the image may have been clipped and corrected.
        let estimate = parameterisation.noise(state.latent, output: output, at: step.level)
        if let measurement, measurement.deviation > 0 {
            measurement.advance(&state.latent, image: image, estimate: estimate, noise: noise, by: step)
            return
        }
        for i in image.indices { state.latent[i] = step.image * image[i] + c.unseen.direction * estimate[i] }
        if !noise.isEmpty {
            for i in image.indices { state.latent[i] += c.unseen.fresh * noise[i] }
        }
    }

    func climb(_ state: inout SamplerState, drawing noise: inout Noise, after index: Int) {
        guard let climb = steps[index].climb else { return }
        let z = noise.forward(index, count: state.latent.count)
        for i in z.indices { state.latent[i] = climb.kept * state.latent[i] + climb.added * z[i] }
    }
}

extension Measurement {
    /// A step where the measurement is noisy: it sees A+ A of both noises, and they have other coefficients there.
    fileprivate func advance(
        _ latent: inout [Float], image: [Float], estimate: [Float], noise: [Float], by step: DDNMSampler.Step
    ) {
        let c = step.coefficients
        let wrong = contradiction(image)
        let seen = seen(estimate)
        for i in image.indices {
            latent[i] =
                step.image * (image[i] - c.correction * wrong[i]) + c.unseen.direction * (estimate[i] - seen[i])
                + c.seen.direction * seen[i]
        }
        guard !noise.isEmpty else { return }
        let seenNoise = self.seen(noise)
        for i in image.indices {
            latent[i] += c.unseen.fresh * (noise[i] - seenNoise[i]) + c.seen.fresh * seenNoise[i]
        }
    }
}

/// The weights of a step of DDNM+ (section 3.3 and appendix I of the paper) in the two parts of an image: the one that
/// the measurement determines, of the one singular value s > 0, and the rest.
///
/// In both, the next level has the noise it should: fresh^2 + direction^2 + (a L sy / s)^2 = st^2, where a =
/// sqrt(abar), st = sqrt(1 - abar), sy is the noise of the measurement, L the weight of the correction.
package struct DDNMCoefficients: Sendable, Equatable {
    package struct Part: Sendable, Equatable {
        /// The share of fresh noise.
        package let fresh: Float
        /// The share of the network's estimate of the noise.
        package let direction: Float
    }

    /// L, the weight of A+ (A x - y).
    package let correction: Float
    package let seen: Part, unseen: Part

    /// - Parameters:
    ///   - alphaBar: of the level that the step leads to, 0 ... 1.
    ///   - deviation: sy, 0 without noise.
    ///   - singularValue: s.
    package init(alphaBar: Double, eta: Double, deviation: Double, singularValue: Double) {
        let (a, st) = (alphaBar.squareRoot(), (1 - alphaBar).squareRoot())
        let kept = (1 - eta * eta).squareRoot()
        unseen = Part(fresh: Float(eta * st), direction: Float(kept * st))
        guard deviation > 0 else {
            (correction, seen) = (1, unseen)
            return
        }
        let noise = a * deviation / singularValue
        if st >= noise {
            correction = 1
            seen = Part(fresh: Float((st * st - noise * noise).squareRoot()), direction: 0)
        } else {
            correction = Float(st * kept / noise)
            seen = Part(fresh: Float(eta * st), direction: 0)
        }
    }

    var drawsNoise: Bool { unseen.fresh > 0 || seen.fresh > 0 }
}
