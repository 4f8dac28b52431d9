import Diffusion
import HTTP
import HTTPTypes
import Imaging
import JSON
import Jobs

/// `/v1/models...`: what is loaded and what it can be asked for.
struct ModelRoutes: Sendable {
    /// Of the models that are there.
    let validator: GenerationValidator
    let rates: WorkRates

    private var models: [ModelFacts] { validator.models }
    private var limits: RequestLimits { validator.limits }

    func list(_ call: Call) throws(Problem) -> Reply {
        try call.query(known: []).finish()
        return .now(.json(["items": .array(models.map { .object(document($0)) })]))
    }

    func get(_ call: Call) throws(Problem) -> Reply {
        try call.query(known: []).finish()
        return .now(.json(document(try models.named(in: call))))
    }

    /// What a request is given that leaves these out: first of images from noise, then of the other tasks.
    private func defaults(_ model: ModelFacts) -> JSONObject {
        func object(_ kind: Recipe.Kind) -> JSONObject {
            let settings = validator.defaults(kind, of: model)
            return [
                "sampler": .string(settings.sampler.rawValue), "steps": .integer(settings.steps),
                "guidance": .double(settings.guidance),
            ]
        }
        var defaults = object(.generation)
        defaults["inpainting"] = .object(object(.inpainting))
        defaults["super_resolution"] = .object(object(.superResolution))
        return defaults
    }

    private func document(_ model: ModelFacts) -> JSONObject {
        [
            "name": .string(model.name),
            "modality": model.modality.map { .string($0) } ?? .null,
            "weights_sha256": .string(model.generation.weightsSHA256.hexadecimal),
            "parameters": .integer(model.parameters),
            "channels": .integer(model.generation.channels),
            "width": .integer(model.generation.width),
            "height": .integer(model.generation.height),
            "size_multiple": .integer(model.generation.sizeDivisor),
            "train_timesteps": .integer(model.trainTimesteps),
            "prediction": .string(model.generation.scheduler.prediction.rawValue),
            "attributes": .array(
                model.attributes.map { attribute in
                    [
                        "name": .string(attribute.name), "values": .array(attribute.values.map { .string($0) }),
                        "multiple": .bool(attribute.multiple),
                    ]
                }),
            "guidance": .bool(model.nullClass != nil),
            "samplers": .array(model.samplers.map { .string($0.rawValue) }),
            "sampling": model.sampling.map { .object($0.fields) } ?? .null,
            "defaults": .object(defaults(model)),
            "limits": [
                "count": .integer(limits.count), "steps": .integer(min(limits.steps, model.trainTimesteps)),
                "pixels": .integer(limits.pixels),
            ],
            // Of one evaluation of one image, as last measured.
            "ms_per_step": rates.millisecondsPerCall(model: model.name).map { .measured($0) } ?? .null,
            "training_data": model.trainingData.map { .string($0) } ?? .null,
            "licence": model.licence.map { .string($0) } ?? .null,
            "training": model.training.map { .object($0.json) } ?? .null,
            "evaluation": model.evaluation.map { .object($0.json) } ?? .null,
            "warnings": .array(model.warnings.map { .string($0) }),
        ]
    }
}

extension [ModelFacts] {
    /// The model that a call's path names.
    /// - Throws: 404.
    func named(in call: Call) throws(Problem) -> ModelFacts {
        if let model = first(where: { $0.name == call.parameters[.name] }) { return model }
        let names = isEmpty ? "none is loaded yet" : "there are " + map(\.name).joined(separator: ", ")
        throw Problem(.notFound, "There is no model of this name; \(names).")
    }
}
