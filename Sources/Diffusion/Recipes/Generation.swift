import Bytes

/// The task of making images from noise alone: a request and a model become a series of recipes.
///
/// Inpainting and super-resolution add to it (`Inpainting`, `SuperResolution`).
@dynamicMemberLookup
public struct Generation: Sendable, Equatable {
    /// What a recipe takes from the model.
    public struct Model: Sendable, Equatable {
        public var weightsSHA256: Digest
        public var scheduler: SchedulerConfiguration
        /// The samplers that the class of its scheduler file is (`SamplerKind.samplers(ofSchedulerClass:)`).
        public var ownSamplers: [SamplerKind] = []
        /// Channels of the image.
        public var channels: Int
        /// The size the model was trained at, and the number that width and height must be multiples of.
        public var width: Int, height: Int, sizeDivisor: Int
        /// The network's numbers for black and white.
        public var valueRange = -1.0...1.0
        /// How a model trained for super-resolution is shown the low-resolution image; nil for other models.
        public var concatenation: Concatenation?

        public init(weightsSHA256: Digest, scheduler: SchedulerConfiguration, channels: Int) {
            (self.weightsSHA256, self.scheduler, self.channels) = (weightsSHA256, scheduler, channels)
            (width, height, sizeDivisor) = (64, 64, 1)
        }
    }

    public var count = 1
    /// Sampler, steps, guidance, seed and so on; the task has their members as its own (`generation.steps`).
    public var settings = SamplingSettings()
    public var condition = Condition()
    /// The model's own size if nil.
    public var width: Int?, height: Int?

    public init() {}

    /// The members of `settings`.
    public subscript<Value>(dynamicMember setting: WritableKeyPath<SamplingSettings, Value>) -> Value {
        get { settings[keyPath: setting] }
        set { settings[keyPath: setting] = newValue }
    }

    /// The recipes of all images. What they say has been checked, but for what only the sampler can refuse
    /// (`Recipe.work`).
    ///
    /// - Throws: `InvalidSetting`, naming the field as the request spells it.
    public func series(for model: Model) throws(InvalidSetting) -> RecipeSeries {
        guard model.concatenation == nil else {
            throw InvalidSetting(
                "model", expected: "a model that makes images from noise alone", got: "one trained for super-resolution"
            )
        }
        return try series(for: model) { _ throws(InvalidSetting) in }
    }

    /// - Parameter addTask: makes the recipe one of another kind.
    func series(for model: Model, addTask: (inout Recipe) throws(InvalidSetting) -> Void) throws(InvalidSetting)
        -> RecipeSeries
    {
        var recipe = Recipe(
            weightsSHA256: model.weightsSHA256, scheduler: model.scheduler, width: width ?? model.width,
            height: height ?? model.height, channels: model.channels)
        (recipe.settings, recipe.condition) = (settings, condition)
        try addTask(&recipe)
        try recipe.validate()
        for (field, value) in [("width", recipe.width), ("height", recipe.height)]
        where value % max(1, model.sizeDivisor) != 0 {
            throw InvalidSetting(field, expected: "a multiple of \(model.sizeDivisor)", got: "\(value)")
        }
        return try RecipeSeries(first: recipe, count: count)
    }
}
