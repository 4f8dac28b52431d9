import Bytes

/// Everything that determines the bits of an image. The same recipe gives the same image whatever the batch, the
/// threads, restarts in between and the CPU; an image carries its recipe, from which it can be made again and compared.
@dynamicMemberLookup
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
    /// SHA-256 of the weights.
    public var weightsSHA256: Digest
    /// The model's noise schedule and the options of its scheduler.
    public var scheduler: SchedulerConfiguration
    /// Sampler, steps, guidance, seed and so on; the recipe has their members as its own (`recipe.steps`).
    public var settings = SamplingSettings()
    public var condition: Condition
    /// Pixels.
    public var width: Int, height: Int
    public var channels: Int
    /// How and from which image, unless this is a generation.
    public var restoration: Restoration?

    public init(weightsSHA256: Digest, scheduler: SchedulerConfiguration, width: Int, height: Int, channels: Int) {
        self.weightsSHA256 = weightsSHA256
        self.scheduler = scheduler
        (self.width, self.height, self.channels) = (width, height, channels)
        condition = Condition()
    }

    /// The members of `settings`.
    public subscript<Value>(dynamicMember setting: WritableKeyPath<SamplingSettings, Value>) -> Value {
        get { settings[keyPath: setting] }
        set { settings[keyPath: setting] = newValue }
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
            throw InvalidSetting(
                "arithmetic", expected: "\(Self.currentArithmetic), this program's", got: "\(arithmetic)")
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
        try settings.validate()
        guard settings.guidance == 1 || condition.null != nil else {
            throw InvalidSetting(
                "guidance", expected: "1, because the model has no null class", got: "\(settings.guidance)")
        }
        guard kind == .generation || restoration != nil else {
            throw InvalidSetting("restoration", expected: "a method and an image", got: "nothing")
        }
        try restoration?.validate(kind, sampler: settings.sampler)
    }
}
