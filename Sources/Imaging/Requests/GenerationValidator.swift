import Diffusion
import JSON

/// Bodies of `POST /v1/generations`, `/v1/inpaintings` and `/v1/super-resolutions` -> requests that can be computed.
/// Everything is checked before anything is queued.
public struct GenerationValidator: Sendable {
    public let models: [ModelFacts]
    public let limits: RequestLimits
    /// Bytes that one evaluation of one image takes, by an estimate.
    let memory: Memory
    /// Whose requests these are.
    let origin: Origin

    /// Where the requests of a validator come from.
    public enum Origin: Sendable {
        /// A client, whose request has its defaults filled in.
        case client
        /// The store, where they were filled in when the request was accepted. A sampler option that is absent there
        /// was none: requests of versions before have no spacing, and their images are made as these versions made
        /// them.
        case store
    }

    /// Bytes that one evaluation of so many rows of this size takes.
    public typealias Memory = @Sendable (_ model: ModelFacts, _ rows: Int, _ width: Int, _ height: Int) -> Int

    public init(models: [ModelFacts], limits: RequestLimits, origin: Origin = .client, memory: @escaping Memory) {
        self.models = models
        self.limits = limits
        self.memory = memory
        self.origin = origin
    }

    /// - Parameters:
    ///   - kind: the task that `body` is a request of, or the kind of the job that stored it.
    ///   - inputs: the pixels of a task that has a given image, decoded; nil for a generation.
    ///   - refusals: what is known to be wrong already, to be told with all else.
    /// - Throws: `RequestRefusal` with every fault.
    public func validate(
        _ body: JSONValue, kind: Recipe.Kind = .generation, inputs: RestorationInputs? = nil,
        refusals: [(field: String, detail: String)] = []
    ) throws(RequestRefusal) -> PlannedGeneration {
        guard let object = body.object else {
            throw RequestRefusal(
                .invalid, "The body is not an object.",
                faults: [.init(pointer: "#", detail: "expected an object, got \(body.summary)")])
        }
        let known = GenerationRequest.fields + RestorationRequest.fields(kind)
        var fields = FieldCollector(object, known: known)
        for refusal in refusals { fields.refuse(refusal.field, refusal.detail) }
        let model = self.model(&fields)
        let restoration = self.restoration(kind, inputs: inputs, model: model, &fields)
        let request = read(&fields, model: model, restoration: restoration)
        if let model { check(request, against: model, &fields) }
        guard let model, fields.faults.isEmpty else { throw Self.refusal(fields.faults) }
        try checkVisits(request)
        let plan: PlannedGeneration
        do throws(InvalidSetting) {
            plan = try PlannedGeneration(request, model: model)
        } catch {
            // A field of the request, or a member of one, such as sampler_options/order.
            let isField = known.contains(String(error.field.prefix { $0 != "/" }))
            throw Self.refusal([
                .init(
                    pointer: isField ? "#/\(error.field)" : "#",
                    detail: "\(isField ? "" : "\(error.field): ")expected \(error.expected), got \(error.got)")
            ])
        }
        guard plan.evaluations / 2 <= limits.steps else {
            throw Self.refusal([tooManyEvaluations(plan.evaluations)])
        }
        let memory = memory(model, plan.rows, request.width, request.height)
        guard memory <= limits.memoryBytes else {
            throw Self.refusal([
                .init(
                    pointer: kind != .generation
                        ? "#/image" : fields.has("width") || !fields.has("height") ? "#/width" : "#/height",
                    detail:
                        """
                        expected an image whose evaluation takes at most \(limits.memoryBytes) bytes of memory, \
                        got an estimate of \(memory)
                        """
                )
            ])
        }
        return plan
    }

    /// How often a run goes back up is reckoned before anything is made that has an element for each visit.
    private func checkVisits(_ request: GenerationRequest) throws(RequestRefusal) {
        let visits = request.restoration?.resampling.visits(steps: request.steps) ?? 0
        guard visits / 2 <= limits.steps else { throw Self.refusal([tooManyEvaluations(visits)]) }
    }

    private func tooManyEvaluations(_ count: Int) -> RequestFault {
        let detail = "expected at most \(limits.steps) steps and as many returns, got \(count) in all"
        return .init(pointer: "#/resample", detail: detail)
    }

    private static func refusal(_ faults: RequestFaults) -> RequestRefusal {
        let detail = faults.total == 1 ? "One field is not valid." : "\(faults.total) fields are not valid."
        return RequestRefusal(.invalid, detail, faults: faults)
    }

    private func model(_ fields: inout FieldCollector) -> ModelFacts? {
        let names = models.map(\.name)
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

    /// Each field by itself. What is refused has its default in the result, which is then never used.
    private func read(_ fields: inout FieldCollector, model: ModelFacts?, restoration: RestorationRequest?)
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
        return GenerationRequest(
            model: model?.name ?? "", count: count, settings: settings, condition: condition, width: sides.0,
            height: sides.1, restoration: restoration)
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
        guard let model, origin == .client else { return options }
        return options.completed(for: sampler, model: model.generation, method: method)
    }

    private func restoration(
        _ kind: Recipe.Kind, inputs: RestorationInputs?, model: ModelFacts?, _ fields: inout FieldCollector
    )
        -> RestorationRequest?
    {
        guard kind != .generation else { return nil }
        let method = choice("method", default: Restoration.Method.standard(kind, model: model), &fields)
        let resampling = fields.field("resample", default: method.resampling) { cursor throws(JSONMismatch) in
            try cursor.refuseMembers(otherThan: ["length", "count"])
            return Restoration.Resampling(
                length: try cursor.required("length").int(in: 1...1000),
                count: try cursor.required("count").int(in: 1...1000))
        }
        let scale: Int? = fields.field("scale", default: nil) { cursor throws(JSONMismatch) in
            guard let scale = cursor.value.number?.int, Restoration.scales.contains(scale) else {
                throw cursor.mismatch(expected: "2, 4 or 8")
            }
            return scale
        }
        let noiseLevel = number("noise_level", in: 0...1, default: 0, &fields)
        if kind == .superResolution, !fields.has("scale") { fields.refuse("scale", "required: 2, 4 or 8") }
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

    /// What a field may be because of the model or of other fields.
    private func check(_ request: GenerationRequest, against model: ModelFacts, _ fields: inout FieldCollector) {
        if request.steps > model.trainTimesteps {
            fields.refuse(
                "steps",
                "expected at most \(model.trainTimesteps), the training steps of the model, got \(request.steps)")
        }
        checkSize(request, model, &fields)
        if request.guidance != 1, model.nullClass == nil {
            fields.refuse(
                "guidance", "expected 1, as the model has no null class to guide against, got \(request.guidance)")
        }
        if request.eta != 0, request.sampler != .ddim {
            fields.refuse("eta", "expected 0, as only ddim takes another, got \(request.eta)")
        }
        if model.hasClassTable, model.nullClass == nil, request.condition.rows.isEmpty {
            let names = model.attributes.map(\.name).joined(separator: ", ")
            fields.refuse("condition", "required, as the model has no null class; there are \(names)")
        }
        let previews = fields.field("previews", default: false) { cursor throws(JSONMismatch) in try cursor.bool() }
        if previews { fields.refuse("previews", "expected false: this version has no previews") }
    }

    private func checkSize(_ request: GenerationRequest, _ model: ModelFacts, _ fields: inout FieldCollector) {
        // Where nobody named a size, it is the image that has it.
        let keys = ["width", "height"].map { request.restoration != nil && !fields.has($0) ? "image" : $0 }
        let sides = [
            (keys[0], request.width, request.restoration?.size.width),
            (keys[1], request.height, request.restoration?.size.height),
        ]
        for (key, side, _) in sides where side % model.generation.sizeDivisor != 0 {
            fields.refuse(
                key,
                """
                expected a multiple of \(model.generation.sizeDivisor), which the levels of the model divide, got \
                \(side)
                """
            )
        }
        for (key, got, expected) in sides {
            if let expected, got != expected {
                fields.refuse(key, "expected \(expected), as image and scale say, got \(got)")
            }
        }
        let (pixels, overflow) = request.width.multipliedReportingOverflow(by: request.height)
        if overflow || pixels > limits.pixels {
            fields.refuse(
                fields.has("height") ? "height" : keys[0],
                "expected width times height of at most \(limits.pixels), got \(request.width) x \(request.height)")
        }
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
            if let number = cursor.value.number?.uint64 { return number }
            // The canonical text only: what is stored is what was sent.
            if let text = cursor.value.string, let number = UInt64(text), String(number) == text { return number }
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

    private func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ key: String, default fallback: Choice, _ fields: inout FieldCollector
    ) -> Choice {
        fields.field(key, default: fallback) { cursor throws(JSONMismatch) in
            let name = try cursor.string(oneOf: Choice.allCases.map(\.rawValue))
            return Choice(rawValue: name) ?? fallback
        }
    }
}
