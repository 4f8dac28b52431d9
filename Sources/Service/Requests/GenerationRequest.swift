import Diffusion
import JSON
import Jobs
import Networks

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

/// A request that has been found to be one that can be run.
public struct PlannedGeneration: Sendable {
    public let request: GenerationRequest
    public let model: ModelFacts
    /// One for each image.
    public let recipes: [Recipe]
    /// Network evaluations of each image.
    public let evaluations: Int
    /// Rows of the network's batch that one evaluation of one image takes at most.
    public let rows: Int
    /// Rows of all evaluations of each image.
    let networkRows: Int
    /// What is stored to be run.
    package let accepted: AcceptedRun

    /// - Throws: `InvalidSetting` for what the sampler or the schedule of the model refuses.
    init(_ request: GenerationRequest, model: ModelFacts) throws(InvalidSetting) {
        self.request = request
        self.model = model
        recipes = try request.recipes(for: model)
        evaluations = try recipes[0].evaluations()
        rows = recipes[0].rowsPerEvaluation
        networkRows = try recipes[0].networkRows()
        accepted = AcceptedRun(
            series: try RecipeSeries(first: recipes[0], count: recipes.count), modelDefinition: model.definition)
    }

    var work: PlannedWork {
        PlannedWork(
            images: recipes.count, steps: evaluations, callsPerImage: networkRows,
            unitsPerCall: recipes[0].width * recipes[0].height,
            isLarge: UNet.isLarge(width: recipes[0].width, height: recipes[0].height))
    }
}
