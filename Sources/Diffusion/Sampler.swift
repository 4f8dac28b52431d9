/// Which sampler, by the names of the interface.
public enum SamplerKind: String, Sendable, CaseIterable {
    /// Ancestral sampling (Ho et al. 2020, algorithm 2).
    case ddpm
    /// Song et al. 2021.
    case ddim
    /// DPM-Solver++(2M) (Lu et al. 2022).
    case dpmSolverPlusPlus = "dpmsolver++"

    /// The sampler with its levels and coefficients for a run.
    ///
    /// - Parameter eta: only DDIM takes another value than 0.
    /// - Throws: `InvalidSetting` if the run cannot be made.
    func sampler(schedule: Schedule, steps: Int, eta: Double) throws(InvalidSetting) -> any Sampler {
        guard self == .ddim || eta == 0 else {
            throw InvalidSetting("eta", expected: "0, because only ddim takes it", got: "\(eta)")
        }
        switch self {
        case .ddpm: return try DDPMSampler(schedule: schedule, steps: steps)
        case .ddim: return try DDIMSampler(schedule: schedule, steps: steps, eta: eta)
        case .dpmSolverPlusPlus: return try DPMSolverSampler(schedule: schedule, steps: steps)
        }
    }
}

/// What a sampler carries from one network evaluation to the next.
struct SamplerState: Sendable, Equatable {
    /// x_t in the sampler's own scaling, [C, H, W].
    var latent: [Float]
    /// Earlier predictions, the latest first; at most `Sampler.historyLimit`.
    var history: [[Float]] = []
}

/// A sampler, advanced one network evaluation at a time. All levels and coefficients are fixed when it is made, from
/// explicit pairs (level, next level); a step is elementwise in float32, in the order of operations of diffusers.
///
/// A new sampler is one file with a type of this protocol, and a case in `SamplerKind`.
protocol Sampler: Sendable {
    /// Network evaluations of the whole run.
    var evaluations: Int { get }
    /// The most earlier predictions that `SamplerState.history` ever holds.
    var historyLimit: Int { get }
    /// The factor of the first noise: x_T = initialScale * z.
    var initialScale: Float { get }

    /// What the network is told as timestep.
    func timestep(_ index: Int) -> Float
    /// What the network is given as sample.
    func input(_ latent: [Float], _ index: Int) -> [Float]
    /// The noise level of an evaluation, sqrt((1 - abar)/abar): noise in units of the image.
    func sigma(_ index: Int) -> Float
    /// Whether `advance` needs fresh noise. Where it says no, none is drawn.
    func needsNoise(_ index: Int) -> Bool

    /// The estimate of the clean image that the step is made with, clipped or thresholded as configured.
    ///
    /// - Parameter prediction: the network's output, as many values as the latent, or twice as many if the model has learned
    ///   its variance (which then stands in the second half).
    func denoise(_ state: SamplerState, prediction: [Float], at index: Int) -> [Float]

    /// One step.
    ///
    /// - Parameters:
    ///   - image: what `denoise` gave, or what a task has made of it (a projection onto what is known of the image).
    ///   - prediction: as for `denoise`.
    ///   - noise: standard normal numbers, empty unless `needsNoise`.
    func advance(_ state: inout SamplerState, image: [Float], prediction: [Float], noise: [Float], at index: Int)

    /// Goes back up the schedule after a step, where the run does so (resampling).
    func climb(_ state: inout SamplerState, drawing noise: inout Noise, after index: Int)
}

extension Sampler {
    var historyLimit: Int { 0 }
    var initialScale: Float { 1 }
    func input(_ latent: [Float], _ index: Int) -> [Float] { latent }
    func climb(_ state: inout SamplerState, drawing noise: inout Noise, after index: Int) {}
}
