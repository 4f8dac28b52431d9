/// What a sampler carries from one network evaluation to the next.
struct SamplerState: Sendable, Equatable {
    /// x_t in the sampler's own scaling, [C, H, W].
    var latent: [Float]
    /// Earlier predictions, slopes or samples, the latest first, each as many as the latent.
    var history: [[Float]] = []
    /// The place in the run of a solver of variable steps; nil of all others.
    var control: StepControl?
}

/// A sampler, advanced one network evaluation at a time. All levels and coefficients are fixed when it is made, from
/// explicit pairs (level, next level); a step is elementwise in float32, in the order of operations of diffusers.
///
/// A new sampler is one file with a type of `LevelledSampler`, and a case in `SamplerKind`.
protocol Sampler: Sendable {
    /// Network evaluations of the whole run; the most there can be where the sampler chooses its steps itself.
    var evaluations: Int { get }
    /// The factor of the first noise: x_T = initialScale * z.
    var initialScale: Float { get }
    /// How many arrays `SamplerState.history` holds after `index` evaluations.
    func historyCount(_ index: Int) -> Int

    /// What the network is told as timestep.
    func timestep(_ state: SamplerState, _ index: Int) -> Float
    /// What the network is given as sample.
    func input(_ state: SamplerState, _ index: Int) -> [Float]
    /// The noise level of an evaluation, sqrt((1 - abar)/abar): noise in units of the image.
    func sigma(_ state: SamplerState, _ index: Int) -> Float
    /// The deviation of fresh noise that is added to the latent before the evaluation, usually 0.
    func perturbation(_ index: Int) -> Float
    /// Whether `advance` needs fresh noise. Where it says no, none is drawn.
    func needsNoise(_ index: Int) -> Bool

    /// The estimate of the clean image that the step is made with, clipped or thresholded as configured.
    ///
    /// - Parameter prediction: the network's output, as many values as the latent, or twice as many if the model has
    ///   learned its variance (which then stands in the second half).
    func denoise(_ state: SamplerState, prediction: [Float], at index: Int) -> [Float]

    /// One step.
    ///
    /// - Parameters:
    ///   - image: what `denoise` gave, or what a task has made of it (a projection onto what is known of the image).
    ///   - prediction: as for `denoise`.
    ///   - noise: standard normal numbers, empty unless `needsNoise`.
    func advance(_ state: inout SamplerState, image: [Float], prediction: [Float], noise: [Float], at index: Int)

    /// What is done to the latent at the end of the run, by restorations.
    func finish(_ image: inout [Float])

    /// Goes back up the schedule after a step, where the run does so (resampling).
    func climb(_ state: inout SamplerState, drawing noise: inout Noise, after index: Int)
    /// How samplers whose steps depend on the image say where they are; nil for all others.
    var adaptive: (any AdaptiveSampler)? { get }
}

extension Sampler {
    var initialScale: Float { 1 }
    var adaptive: (any AdaptiveSampler)? { nil }
    func historyCount(_ index: Int) -> Int { 0 }
    func input(_ state: SamplerState, _ index: Int) -> [Float] { state.latent }
    func perturbation(_ index: Int) -> Float { 0 }
    func needsNoise(_ index: Int) -> Bool { false }
    func finish(_ image: inout [Float]) {}
    func climb(_ state: inout SamplerState, drawing noise: inout Noise, after index: Int) {}
}
