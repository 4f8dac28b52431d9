/// Song et al. 2021, eq. 12 and 16 (ModelSpecification.md section 9; diffusers `scheduling_ddim.py`).
///
/// A step leads to the next timestep of the list, or, for parity with diffusers, to t - T / N (whole division) even
/// where the spacing of the list is another (`SamplerOptions.Stride`).
struct DDIMSampler: LevelledSampler {
    private struct Step {
        let timestep: Int
        /// sqrt(abar_t), sqrt(1 - abar_t).
        let level: NoiseLevel
        /// sqrt(abar of the next level), the factor of the noise estimate, and the deviation of fresh noise.
        let image: Float, direction: Float, deviation: Float

        init(_ schedule: Schedule, from timestep: Int, to previous: Int, eta: Float) {
            let alphaBar = schedule.alphaBar[timestep]
            let finalAlphaBar = schedule.configuration.finalAlphaIsOne ?? true ? 1 : schedule.alphaBar[0]
            let previousAlphaBar = previous >= 0 ? schedule.alphaBar[previous] : finalAlphaBar
            let variance = ((1 - previousAlphaBar) / (1 - alphaBar)) * (1 - alphaBar / previousAlphaBar)
            self.timestep = timestep
            level = schedule.level(timestep)
            image = previousAlphaBar.squareRoot()
            deviation = eta * variance.squareRoot()
            // At eta 1 rounding can leave less than nothing.
            direction = max(1 - previousAlphaBar - deviation * deviation, 0).squareRoot()
        }
    }

    private let steps: [Step]
    let parameterisation: Parameterisation
    let correction: Correction

    /// - Parameters:
    ///   - eta: 0 deterministic ... 1 as much noise as DDPM.
    ///   - stride: where a step leads.
    init(schedule: Schedule, steps: Int, eta: Double, stride: SamplerOptions.Stride) throws(InvalidSetting) {
        guard eta >= 0, eta <= 1 else { throw InvalidSetting("eta", expected: "a number from 0 to 1", got: "\(eta)") }
        let configuration = schedule.configuration
        let timesteps = try Timesteps.discrete(
            steps: steps, spacing: configuration.spacing ?? .leading, configuration: configuration)
        let below =
            switch stride {
            case .list: timesteps.dropFirst() + [-1]
            case .training: timesteps.map { $0 - schedule.trainingSteps / steps }[...]
            }
        self.steps = zip(timesteps, below).map { Step(schedule, from: $0, to: $1, eta: Float(eta)) }
        parameterisation = Parameterisation(configuration)
        correction = Correction(configuration)
    }

    var evaluations: Int { steps.count }
    func timestep(_ state: SamplerState, _ index: Int) -> Float { Float(steps[index].timestep) }
    func needsNoise(_ index: Int) -> Bool { steps[index].deviation > 0 }

    func level(_ state: SamplerState, _ index: Int) -> NoiseLevel { steps[index].level }

    func advance(
        _ state: inout SamplerState, image: [Float], prediction output: [Float], noise: [Float], at index: Int
    ) {
        let step = steps[index]
        // The noise estimate stays that of the network, although the image may have been clipped.
        let estimate = parameterisation.noise(state.latent, output: output, at: step.level)
        for i in state.latent.indices { state.latent[i] = step.image * image[i] + step.direction * estimate[i] }
        if !noise.isEmpty {
            for i in state.latent.indices { state.latent[i] += step.deviation * noise[i] }
        }
    }
}
