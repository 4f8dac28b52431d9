/// Everything that determines the bits of an image. The same recipe gives the same image whatever the batch, the
/// threads, restarts in between and the CPU; an image carries its recipe, from which it can be made again and compared.
public struct Recipe: Sendable, Equatable {
    /// The version of the arithmetic: raised whenever a change to network, samplers or noise changes bits.
    public static let currentArithmetic = 5

    public enum Kind: String, Sendable, CaseIterable {
        case generation
        case inpainting
        case superResolution = "super-resolution"
    }

    public var arithmetic = Recipe.currentArithmetic
    public var kind = Kind.generation
    /// SHA-256 of the weights, 64 lower-case hexadecimal digits.
    public var weightsSHA256: String
    /// The model's noise schedule and the options of its scheduler.
    public var scheduler: SchedulerConfiguration
    public var sampler: SamplerKind
    /// Steps of the sampler, 1 ... training steps.
    public var steps: Int
    /// Noise of DDIM's steps, 0 ... 1; 0 for other samplers.
    public var eta: Double
    /// What else is set of the sampler.
    public var samplerOptions = SamplerOptions()
    /// Weight of classifier-free guidance (Ho & Salimans 2022): prediction = null + guidance (condition - null);
    /// 1 is the condition alone, 0 nothing of it.
    public var guidance: Double
    /// How far the guided prediction is brought back to the spread of the condition's own, 0 ... 1
    /// (Lin et al. 2023, eq. 15 and 16: phi).
    public var guidanceRescale = 0.0
    /// Where in the run guidance acts; elsewhere the condition alone is evaluated. Nil: everywhere.
    public var guidanceInterval: GuidanceInterval?
    public var condition: Condition
    public var seed: UInt64
    public var noise: NoiseSource
    /// Pixels.
    public var width: Int, height: Int
    public var channels: Int
    /// 8 or 16.
    public var bitDepth: Int
    /// How and from which image, unless this is a generation.
    public var restoration: Restoration?

    public init(weightsSHA256: String, scheduler: SchedulerConfiguration, width: Int, height: Int, channels: Int) {
        self.weightsSHA256 = weightsSHA256
        self.scheduler = scheduler
        (self.width, self.height, self.channels) = (width, height, channels)
        sampler = .ddim
        steps = 50
        eta = 0
        guidance = 1
        condition = Condition()
        seed = 0
        noise = .philox
        bitDepth = 8
    }

    /// Values of the latent: channels * height * width.
    public var count: Int { channels * height * width }

    /// The largest image, in values; what a recipe from outside may ask for at all. A service has its own, lower limit.
    public static let maximumCount = 1 << 26

    /// Pixels that a side may have, and values that a pixel may have.
    public static let sides = 1...65_536

    /// Refuses what cannot be made. Steps, eta and spacing are refused by the sampler that is made from the recipe.
    public func validate() throws(InvalidSetting) {
        guard arithmetic == Self.currentArithmetic else {
            throw InvalidSetting("arithmetic", expected: "\(Self.currentArithmetic), this program's", got: "\(arithmetic)")
        }
        let digits = weightsSHA256.utf8
        guard digits.count == 64, digits.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
            throw InvalidSetting("weights_sha256", expected: "64 lower-case hexadecimal digits", got: weightsSHA256)
        }
        for (field, value) in [("width", width), ("height", height), ("channels", channels)] {
            guard Self.sides.contains(value) else {
                throw InvalidSetting(
                    field, expected: "\(Self.sides.lowerBound) to \(Self.sides.upperBound)", got: "\(value)")
            }
        }
        guard count <= Self.maximumCount else {
            throw InvalidSetting("width", expected: "at most \(Self.maximumCount) values in an image", got: "\(count)")
        }
        guard bitDepth == 8 || bitDepth == 16 else { throw InvalidSetting("bit_depth", expected: "8 or 16", got: "\(bitDepth)") }
        guard guidance.isFinite, guidance.magnitude <= 1000 else {
            throw InvalidSetting("guidance", expected: "a number from -1000 to 1000", got: "\(guidance)")
        }
        guard guidanceRescale >= 0, guidanceRescale <= 1 else {
            throw InvalidSetting("guidance_rescale", expected: "a number from 0 to 1", got: "\(guidanceRescale)")
        }
        try guidanceInterval?.validate()
        guard guidance == 1 || condition.null != nil else {
            throw InvalidSetting("guidance", expected: "1, because the model has no null class", got: "\(guidance)")
        }
        guard kind == .generation || restoration != nil else {
            throw InvalidSetting("restoration", expected: "a method and an image", got: "nothing")
        }
        try restoration?.validate(kind, sampler: sampler)
    }
}
