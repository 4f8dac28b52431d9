import Diffusion
import JSON

/// Each field of a body by itself. What is refused has its default in the result, which is then never used.
extension GenerationValidator {
    func model(_ fields: inout FieldCollector) -> ModelFacts? {
        let names = models.map(\.name)
        guard !models.isEmpty else {
            fields.refuse("model", "expected the name of a model that is loaded, and none is loaded yet")
            return nil
        }
        guard fields.has("model") else {
            if models.count == 1 { return models[0] }
            fields.refuse("model", "required, as several models are loaded: \(names.joined(separator: ", "))")
            return nil
        }
        return fields.field("model", default: nil) { cursor throws(JSONMismatch) in
            let name = try cursor.string(oneOf: names)
            return models.first { $0.name == name }
        }
    }

    func read(_ fields: inout FieldCollector, model: ModelFacts?, restoration: RestorationRequest?)
        -> GenerationRequest
    {
        let method = restoration?.method
        let sampler = choice("sampler", default: method?.sampler ?? .standard, &fields)
        let standard = model.map { model in
            restoration.map { $0.method.steps($0.kind, model: model, sampler: sampler) } ?? model.defaultSteps(sampler)
        }
        let steps = min(standard ?? 1, limits.steps)
        let (width, height) = restoration?.size ?? model.map { ($0.generation.width, $0.generation.height) } ?? (1, 1)
        let count = integer("count", in: 1...limits.count, default: 1, &fields)
        var settings = SamplingSettings()
        (settings.sampler, settings.steps) = (sampler, integer("steps", in: 1...limits.steps, default: steps, &fields))
        settings.guidance = number("guidance", in: 0...100, default: 1, &fields)
        settings.guidanceRescale = number("guidance_rescale", in: 0...1, default: 0, &fields)
        settings.guidanceInterval = fields.field("guidance_interval", default: nil) { cursor throws(JSONMismatch) in
            try GuidanceInterval(cursor)
        }
        settings.seed = seed(&fields)
        settings.noise = choice("noise", default: NoiseSource.philox, &fields)
        let condition = condition(&fields, model: model)
        let sides = (
            integer("width", in: 1...limits.pixels, default: width, &fields),
            integer("height", in: 1...limits.pixels, default: height, &fields)
        )
        let eta = restoration.map { $0.method.eta($0.kind, sampler: sampler) } ?? 0
        settings.eta = number("eta", in: 0...1, default: eta, &fields)
        settings.samplerOptions = samplerOptions(sampler, model: model, method: method, &fields)
        settings.bitDepth = bitDepth(default: restoration?.inputs.image.bitDepth ?? 8, &fields)
        let previews = fields.field("previews", default: false) { cursor throws(JSONMismatch) in try cursor.bool() }
        return GenerationRequest(
            model: model?.name ?? "", count: count, settings: settings, condition: condition, width: sides.0,
            height: sides.1, previews: previews, restoration: restoration)
    }

    private func bitDepth(default fallback: Int, _ fields: inout FieldCollector) -> Int {
        fields.field("bit_depth", default: fallback) { cursor throws(JSONMismatch) in
            guard let depth = cursor.value.number?.int, [8, 16].contains(depth) else {
                throw cursor.mismatch(expected: "8 or 16")
            }
            return depth
        }
    }

    private func samplerOptions(
        _ sampler: SamplerKind, model: ModelFacts?, method: Restoration.Method?, _ fields: inout FieldCollector
    ) -> SamplerOptions {
        let options = fields.field("sampler_options", default: SamplerOptions()) { cursor throws(JSONMismatch) in
            try SamplerOptions(cursor)
        }
        guard let model else { return options }
        return options.completed(for: sampler, model: model.generation, method: method)
    }

    func restoration(
        _ kind: Recipe.Kind, inputs: RestorationInputs?, model: ModelFacts?, _ fields: inout FieldCollector
    )
        -> RestorationRequest?
    {
        guard kind != .generation else { return nil }
        let (method, resampling, scale, noiseLevel) = restorationFields(kind, model: model, &fields)
        if kind == .inpainting, inputs != nil, inputs?.mask == nil {
            fields.refuse("mask", "required: an image, white where to fill")
        }
        guard let inputs else {
            fields.refuse("image", "required: the image to work on")
            return nil
        }
        let maskNote: String? = fields.field("mask", default: nil) { cursor throws(JSONMismatch) in
            cursor.value["note"]?.string
        }
        return RestorationRequest(
            kind: kind, method: method, resampling: resampling, scale: scale, noiseLevel: noiseLevel, inputs: inputs,
            maskNote: maskNote)
    }

    /// What a restoration says beyond a generation, its pictures aside.
    func restorationFields(_ kind: Recipe.Kind, model: ModelFacts?, _ fields: inout FieldCollector) -> (
        method: Restoration.Method, resampling: Restoration.Resampling, scale: Int?, noiseLevel: Double
    ) {
        let method = choice(
            "method", default: Restoration.Method.standard(kind, model: model),
            of: Restoration.Method.offered(kind, model: model), &fields)
        let resampling = fields.field("resample", default: method.resampling) { cursor throws(JSONMismatch) in
            try Restoration.Resampling(cursor)
        }
        let scale: Int? = fields.field("scale", default: nil) { cursor throws(JSONMismatch) in
            guard let scale = cursor.value.number?.int, Restoration.scales.contains(scale) else {
                throw cursor.mismatch(expected: "2, 4 or 8")
            }
            return scale
        }
        let noiseLevel = number("noise_level", in: 0...1, default: 0, &fields)
        if kind == .superResolution, !fields.has("scale") { fields.refuse("scale", "required: 2, 4 or 8") }
        return (method, resampling, scale, noiseLevel)
    }

    private func condition(_ fields: inout FieldCollector, model: ModelFacts?) -> ConditionRequest {
        var complaints = RequestFaults()
        let condition = fields.field("condition", default: .none) { cursor throws(JSONMismatch) in
            // Without a model there is nothing to hold the condition against.
            guard let model else { return ConditionRequest.none }
            return ConditionRequest.read(cursor, attributes: model.attributes, faults: &complaints)
        }
        fields.add(complaints, to: "condition")
        return condition
    }

    private func seed(_ fields: inout FieldCollector) -> UInt64 {
        fields.field("seed", default: UInt64.random(in: .min ... .max)) { cursor throws(JSONMismatch) in
            if let seed = GenerationRequest.seed(cursor.value) { return seed }
            throw cursor.mismatch(
                expected: "an integer from 0 to \(UInt64.max), as a number or in decimal digits as a string")
        }
    }

    private func integer(
        _ key: String, in range: ClosedRange<Int>, default fallback: Int, _ fields: inout FieldCollector
    ) -> Int {
        fields.field(key, default: fallback) { cursor throws(JSONMismatch) in try cursor.int(in: range) }
    }

    private func number(
        _ key: String, in range: ClosedRange<Double>, default fallback: Double, _ fields: inout FieldCollector
    )
        -> Double
    {
        fields.field(key, default: fallback) { cursor throws(JSONMismatch) in try cursor.double(in: range) }
    }

    /// - Parameter offered: the words that there are; nil for all of them.
    private func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ key: String, default fallback: Choice, of offered: [Choice]? = nil, _ fields: inout FieldCollector
    ) -> Choice {
        fields.field(key, default: fallback) { cursor throws(JSONMismatch) in
            let name = try cursor.string(oneOf: (offered ?? Array(Choice.allCases)).map(\.rawValue))
            return Choice(rawValue: name) ?? fallback
        }
    }
}
