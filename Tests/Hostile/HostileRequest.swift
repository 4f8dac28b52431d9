import Diffusion
import FoundationEssentials
import Imaging
import JSON
import Service

/// Bodies of every kind of request: generation, inpainting, super-resolution and verification, as JSON and as forms.
public struct HostileRequest {
    private let steps = TwoSteps(TinyModel.made())
    private let mutator = DocumentMutator(vocabulary: TinyModel.vocabulary)
    private let validator = HostileRequest.validator()
    private let recipes = HostileRecipe.recipes()

    public init() {}

    static func validator() -> GenerationValidator {
        GenerationValidator(
            models: [TinyModel.facts()], limits: RequestLimits(count: 4, steps: 1000, pixels: 1 << 20, memoryBytes: 1 << 40),
            memory: { _, rows, width, height in rows * width * height })
    }

    /// - Returns: whether the request was let in.
    @discardableResult
    public func run(_ choices: inout Choices) -> Bool {
        choices.below(4) == 3 ? runVerification(&choices) : runTask(&choices)
    }

    private func runTask(_ choices: inout Choices) -> Bool {
        let kind = choices.pick([Recipe.Kind.generation, .inpainting, .superResolution])
        let (body, type) = Self.body(kind, mutator, &choices)
        do {
            let (plan, _, _) = try validator.read(body, type: type, kind: kind)
            // What a job stores is read again when it is run.
            let (inputs, model, series) = (plan.request.restoration?.inputs, plan.planned.model, plan.planned.series)
            let again = try GenerationRequest(stored: .object(plan.request.json), kind: kind, inputs: inputs, model: model)
            guard try again.series(for: model) == series else { fatalError("a stored request makes other recipes") }
            try? steps.run(series.first, inputs: inputs)
            return true
        } catch { return false }
    }

    /// A file whose recipe is spoilt.
    private func runVerification(_ choices: inout Choices) -> Bool {
        let (document, inputs) = choices.pick(recipes)
        let recipe = String(decoding: mutator.mutate(document, &choices).serialized(sortedKeys: true), as: UTF8.self)
        var (body, type) = (Pictures.png(Pictures.inpainting.image, recipe: recipe), "image/png")
        if choices.below(4) == 3 {
            (body, type) = (mutator.mutate(["image": .string(Data(body).base64EncodedString())], &choices).serialized(), "application/json")
        }
        do {
            let (_, planned) = try validator.verification(body, type: type) { (digest) throws(Problem) in
                [inputs?.image, inputs?.mask].compactMap { $0 }.first { $0.digest == digest }
            }
            try? steps.run(planned.series.first, inputs: planned.inputs)
            return true
        } catch { return false }
    }

    static func body(_ kind: Recipe.Kind, _ mutator: DocumentMutator, _ choices: inout Choices) -> (bytes: [UInt8], type: String) {
        var fields: JSONObject = [
            "model": "tiny", "count": 2, "steps": 4, "sampler": .string(choices.pick(SamplerKind.allCases).rawValue), "guidance": 2,
            "guidance_rescale": 0.5, "guidance_interval": ["steps": [0, 0.5]], "seed": "7", "noise": "philox",
            "condition": ["view": "PA", "finding": ["nodule", "mass"]], "width": 8, "height": 8, "eta": 0, "bit_depth": 8, "previews": false,
        ]
        if choices.below(2) == 1 {
            let options: JSONObject = [
                "order": 2, "spacing": "karras", "stride": "list", "sigma_max": 160, "clip": true,
                "solver": "midpoint", "churn": ["amount": 40, "min": 0.05, "max": 50, "noise": 1],
                "predictor": "ancestral", "corrector_steps": 1, "snr": 0.16, "tolerance": 1e-3,
            ]
            // Of the options only some go with a sampler.
            fields["sampler_options"] = .object(JSONObject(options.filter { _ in choices.below(3) == 0 }.map { ($0.key, $0.value) }))
        }
        if kind != .generation {
            fields["sampler"] = choices.pick(["ddim", "ddim", "ddpm", "euler"])
            (fields["method"], fields["resample"]) = (choices.pick(["ddnm", "repaint"]), ["length": 2, "count": 2])
        }
        if kind == .superResolution { (fields["scale"], fields["noise_level"]) = (2, 0.1) }
        let spoilt = mutator.mutate(fields, &choices)
        guard kind != .generation else { return (spoilt.serialized(), "application/json") }
        let inputs = kind == .inpainting ? Pictures.inpainting : Pictures.enlarging
        var files: [(name: String, bytes: [UInt8])] = [("image", Pictures.png(inputs.image))]
        if let mask = inputs.mask { files.append(("mask", Pictures.png(mask))) }
        if choices.below(2) == 0 {
            var object = spoilt
            for (name, bytes) in files { object[name] = .string(Data(bytes).base64EncodedString()) }
            return (mutator.mutate(object, &choices).serialized(), "application/json")
        }
        files.append(("request", spoilt.serialized()))
        return (form(files), "multipart/form-data; boundary=X")
    }

    private static func form(_ parts: [(name: String, bytes: [UInt8])]) -> [UInt8] {
        parts.flatMap { name, bytes in
            Array("--X\r\nContent-Disposition: form-data; name=\"\(name)\"; filename=\"a\"\r\n\r\n".utf8) + bytes + Array("\r\n".utf8)
        } + Array("--X--\r\n".utf8)
    }
}
