import JSON

/// How images are sampled, whatever they show and whichever model makes them: one value, held by the request, the task
/// (`Generation`) and the recipe.
///
/// A new option is a property here with its lines in the codec, its range in the validator of requests
/// (`GenerationValidator+Fields`) and an option of the command (`SamplingOptions`).
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
    /// The seed of the first image; image i has seed + i, wrapping at 2^64.
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

extension SamplingSettings {
    /// The names of the members that the settings have in requests and in recipes.
    public static let fields = [
        "sampler", "steps", "eta", "guidance", "seed", "noise", "bit_depth", "guidance_rescale", "guidance_interval",
        "sampler_options",
    ]

    /// The settings as members of a request or of a recipe; an option that is nil is absent. The seed is a string,
    /// because 64 bits do not survive JavaScript.
    public var json: JSONObject {
        var object: JSONObject = [
            "sampler": .string(sampler.rawValue), "steps": .integer(steps), "eta": .double(eta),
            "guidance": .double(guidance), "seed": .string(String(seed)), "noise": .string(noise.rawValue),
            "bit_depth": .integer(bitDepth), "guidance_rescale": .double(guidanceRescale),
        ]
        object["guidance_interval"] = guidanceInterval?.json
        object["sampler_options"] = samplerOptions.json.map { .object($0) }
        return object
    }

    /// Reads what `json` wrote among the members of a recipe or of a stored request, in which options that came later
    /// than the first images may be absent.
    ///
    /// - Throws: `JSONMismatch` (pointer, expected, got) or `InvalidSetting`.
    public init(_ recipe: JSONCursor) throws {
        sampler = try recipe.requiredChoice("sampler")
        steps = try recipe.required("steps").int()
        eta = try recipe.required("eta").double()
        guidance = try recipe.required("guidance").double()
        samplerOptions = try recipe.member("sampler_options").map { try SamplerOptions($0) } ?? SamplerOptions()
        guidanceRescale = try recipe.member("guidance_rescale")?.double() ?? 0
        guidanceInterval = try recipe.member("guidance_interval").map { try GuidanceInterval($0) }
        let seedText = try recipe.required("seed")
        guard let seed = UInt64(try seedText.string()) else {
            throw seedText.mismatch(expected: "a string of digits, 0 to \(UInt64.max)")
        }
        self.seed = seed
        noise = try recipe.requiredChoice("noise")
        bitDepth = try recipe.required("bit_depth").int()
    }
}
