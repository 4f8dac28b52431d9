/// How images are sampled, whatever they show and whichever model makes them: one value, held by the request, the task
/// (`Generation`) and the recipe.
///
/// A new option is a property here, with its line in the codec (`SamplingSettings+JSON.swift`) and its range in the
/// validator of requests.
public struct SamplingSettings: Sendable, Equatable {
    public var sampler = SamplerKind.ddim
    /// Steps of the sampler, 1 ... training steps.
    public var steps = 50
    /// Noise of DDIM's steps, 0 ... 1; 0 for other samplers.
    public var eta = 0.0
    /// What else is set of the sampler, as it stands; `SamplerOptions.completed` fills in what a request leaves out.
    public var samplerOptions = SamplerOptions()
    /// Weight of classifier-free guidance (Ho & Salimans 2022): prediction = null + guidance (condition - null);
    /// 1 is the condition alone, 0 nothing of it.
    public var guidance = 1.0
    /// How far the guided prediction is brought back to the spread of the condition's own, 0 ... 1
    /// (Lin et al. 2023, eq. 15 and 16: phi).
    public var guidanceRescale = 0.0
    /// Where in the run guidance acts; elsewhere the condition alone is evaluated. Nil: everywhere.
    public var guidanceInterval: GuidanceInterval?
    /// Of the first image; image i has seed + i, wrapping at 2^64.
    public var seed: UInt64 = 0
    /// The source of the noise.
    public var noise = NoiseSource.philox
    /// Bits of a sample in the file, 8 or 16.
    public var bitDepth = 8

    public init() {}

    /// Refuses what lies outside its range. Steps, eta and spacing are refused by the sampler that is made.
    ///
    /// - Throws: `InvalidSetting`, naming the field as the request spells it.
    func validate() throws(InvalidSetting) {
        guard bitDepth == 8 || bitDepth == 16 else {
            throw InvalidSetting("bit_depth", expected: "8 or 16", got: "\(bitDepth)")
        }
        guard guidance.isFinite, guidance.magnitude <= 1000 else {
            throw InvalidSetting("guidance", expected: "a number from -1000 to 1000", got: "\(guidance)")
        }
        guard guidanceRescale >= 0, guidanceRescale <= 1 else {
            throw InvalidSetting("guidance_rescale", expected: "a number from 0 to 1", got: "\(guidanceRescale)")
        }
        try guidanceInterval?.validate()
    }
}
