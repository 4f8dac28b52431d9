import Diffusion
import JSON

/// A request for images, from noise or from a given image, with its defaults filled in: what a job stores, and what
/// decides its bytes.
@dynamicMemberLookup
public struct GenerationRequest: Sendable, Equatable {
    public var model: String
    public var count: Int
    /// Sampler, steps, guidance, seed and so on; the request has their members as its own (`request.steps`).
    public var settings: SamplingSettings
    public var condition: ConditionRequest
    public var width: Int
    public var height: Int
    /// Whether previews are made while somebody listens to the job's events; they change no bits.
    public var previews = false
    /// Nil for images from noise.
    public var restoration: RestorationRequest?

    /// The members of `settings`.
    public subscript<Value>(dynamicMember setting: KeyPath<SamplingSettings, Value>) -> Value {
        settings[keyPath: setting]
    }

    /// The fields that bodies may have, in the order in which messages list them.
    static let fields =
        [
            "model", "count", "steps", "sampler", "sampler_options", "guidance", "guidance_rescale",
            "guidance_interval",
            "seed", "noise", "condition", "width", "height", "eta", "bit_depth", "previews",
        ] + SamplingSettings.fields.filter { !Self.earlier.contains($0) }

    /// The seed that a value of the field means: an integer, or its digits as a string; nil for anything else.
    package static func seed(_ value: JSONValue) -> UInt64? {
        if let number = value.number?.uint64 { return number }
        // The canonical text only: what is stored is what was sent.
        guard let text = value.string, let number = UInt64(text), String(number) == text else { return nil }
        return number
    }

    /// The members that requests of the first version had, in the order in which they are stored.
    private static let earlier = [
        "model", "count", "steps", "sampler", "guidance", "guidance_rescale", "seed", "noise", "condition", "width",
        "height", "eta", "bit_depth", "previews", "guidance_interval", "sampler_options",
    ]

    /// The request as a job stores it; options that are nil are absent.
    public var json: JSONObject {
        var object = settings.json
        object["model"] = .string(model)
        object["count"] = .integer(count)
        object["condition"] = condition.json
        object["width"] = .integer(width)
        object["height"] = .integer(height)
        object["previews"] = .bool(previews)
        object = object.ordered(by: Self.earlier)
        restoration?.write(to: &object)
        return object
    }

    /// The recipes of all images.
    /// - Throws: `InvalidSetting` for what the task or the model refuses.
    public func series(for model: ModelFacts) throws(InvalidSetting) -> RecipeSeries {
        var generation = Generation()
        (generation.count, generation.settings) = (count, settings)
        generation.condition = condition.condition(for: model)
        (generation.width, generation.height) = (width, height)
        if let restoration { return try restoration.series(generation, for: model.generation) }
        return try generation.series(for: model.generation)
    }
}
