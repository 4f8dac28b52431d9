import Diffusion
import JSON

/// Bodies of `POST /v1/generations`, `/v1/inpaintings` and `/v1/super-resolutions` -> requests that can be computed.
/// Everything is checked before anything is queued.
public struct GenerationValidator: Sendable {
    public let models: [ModelFacts]
    public let limits: RequestLimits
    /// Bytes that one evaluation of one image takes, by an estimate.
    let memory: Memory

    /// Bytes that one evaluation of so many rows of this size takes.
    public typealias Memory = @Sendable (_ model: ModelFacts, _ rows: Int, _ width: Int, _ height: Int) -> Int

    public init(models: [ModelFacts], limits: RequestLimits, memory: @escaping Memory) {
        self.models = models
        self.limits = limits
        self.memory = memory
    }

    /// - Parameters:
    ///   - kind: the task that `body` is a request of.
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
        take(model?.sampling, restoration?.method, into: &fields)
        let request = read(&fields, model: model, restoration: restoration)
        if let model { check(request, against: model, &fields) }
        guard let model, fields.faults.isEmpty else { throw RequestRefusal.fields(fields.faults) }
        let plan = try plan(request, model: model, known: known)
        let side = fields.has("width") || !fields.has("height") ? "width" : "height"
        try checkMemory(plan, at: kind == .generation ? side : "image")
        return plan
    }

    /// What the task, the sampler or the schedule refuses is told at the field that it is about.
    private func plan(
        _ request: GenerationRequest, model: ModelFacts, known: [String]
    ) throws(RequestRefusal) -> PlannedGeneration {
        // How often a run goes back up is reckoned before anything is made that has an element for each visit.
        try checkEvaluations(request.restoration?.resampling.visits(steps: request.steps) ?? 0)
        let plan: PlannedGeneration
        do throws(InvalidSetting) {
            plan = try PlannedGeneration(request, model: model)
        } catch {
            throw RequestRefusal.fields([RequestFault(error, known: known)])
        }
        try checkEvaluations(plan.planned.work.evaluations)
        return plan
    }

    private func checkEvaluations(_ count: Int) throws(RequestRefusal) {
        guard count / 2 > limits.steps else { return }
        let detail = "expected at most \(limits.steps) steps and as many returns, got \(count) in all"
        throw RequestRefusal.fields([.init(pointer: "#/resample", detail: detail)])
    }

    private func checkMemory(_ plan: PlannedGeneration, at field: String) throws(RequestRefusal) {
        let request = plan.request
        let memory = memory(plan.planned.model, plan.planned.work.rowsPerEvaluation, request.width, request.height)
        guard memory > limits.memoryBytes else { return }
        throw RequestRefusal.fields([
            .init(
                pointer: "#/\(field)",
                detail:
                    """
                    expected an image whose evaluation takes at most \(limits.memoryBytes) bytes of memory, \
                    got an estimate of \(memory)
                    """
            )
        ])
    }
}
