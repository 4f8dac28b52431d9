import Diffusion
import JSON

/// A request for images, from noise or from a given image, with its defaults filled in: what a job stores, and what decides its bytes.
public struct GenerationRequest: Sendable, Equatable {
    public var model: String
    public var count: Int
    public var steps: Int
    public var sampler: SamplerKind
    public var guidance: Double
    public var guidanceRescale: Double
    /// Where in the run guidance acts; nil is everywhere.
    public var guidanceInterval: GuidanceInterval?
    /// Image i uses seed + i, modulo 2^64.
    public var seed: UInt64
    public var noise: NoiseSource
    public var condition: ConditionRequest
    public var width: Int
    public var height: Int
    public var eta: Double
    public var samplerOptions: SamplerOptions
    public var bitDepth: Int
    /// Nil for images from noise.
    public var restoration: RestorationRequest?

    static let fields = [
        "model", "count", "steps", "sampler", "sampler_options", "guidance", "guidance_rescale", "guidance_interval", "seed",
        "noise", "condition", "width", "height", "eta", "bit_depth", "previews",
    ]

    public var json: JSONObject {
        var object: JSONObject = [
            "model": .string(model), "count": .integer(count), "steps": .integer(steps), "sampler": .string(sampler.rawValue),
            "guidance": .double(guidance), "guidance_rescale": .double(guidanceRescale), "seed": .string(String(seed)), "noise": .string(noise.rawValue),
            "condition": condition.json, "width": .integer(width), "height": .integer(height), "eta": .double(eta),
            "bit_depth": .integer(bitDepth), "previews": false,
        ]
        object["guidance_interval"] = guidanceInterval?.json
        object["sampler_options"] = samplerOptions.json.map { .object($0) }
        restoration?.write(to: &object)
        return object
    }

    /// One recipe for each image.
    /// - Throws: `InvalidSetting` for what the sampler or the schedule of the model refuses.
    public func recipes(for model: ModelFacts) throws(InvalidSetting) -> [Recipe] {
        var generation = Generation()
        (generation.count, generation.sampler, generation.steps, generation.eta) = (count, sampler, steps, eta)
        generation.samplerOptions = samplerOptions
        (generation.guidance, generation.condition) = (guidance, condition.condition(for: model))
        (generation.guidanceRescale, generation.guidanceInterval) = (guidanceRescale, guidanceInterval)
        (generation.seed, generation.noise) = (seed, noise)
        (generation.width, generation.height, generation.bitDepth) = (width, height, bitDepth)
        if let restoration { return try restoration.recipes(generation, for: model.generation) }
        return try generation.recipes(for: model.generation)
    }
}
