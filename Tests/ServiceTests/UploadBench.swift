import Diffusion
import Imaging
import ImagingFixtures
import JSON
import Service
import Testing

/// Reads requests with pictures without a service.
enum UploadBench {
    static func validator(_ models: [ModelFacts] = [SmallModels.chest]) -> GenerationValidator {
        GenerationValidator(models: models, limits: SmallModels.limits) { _, _, _, _ in 0 }
    }

    static func read(
        _ fields: JSONObject, _ kind: Recipe.Kind = .inpainting, models: [ModelFacts] = [SmallModels.chest]
    ) throws(Problem) -> PlannedGeneration {
        try validator(models).read(fields.serialized(), kind: kind).plan
    }

    static func problem(_ fields: JSONObject, _ kind: Recipe.Kind = .inpainting, models: [ModelFacts] = [SmallModels.chest]) throws -> Problem {
        try #require(throws: Problem.self) { _ = try read(fields, kind, models: models) }
    }
}
