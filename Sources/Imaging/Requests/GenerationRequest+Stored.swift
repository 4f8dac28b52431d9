import Diffusion
import JSON

extension GenerationRequest {
    /// Reads what `json` wrote into a job: every default was filled in when the request was accepted, and what is
    /// absent now was not there to be asked for. So jobs of version 0.1.0, which have stored nothing else, make the
    /// images that this version would have made.
    ///
    /// - Parameters:
    ///   - inputs: the pixels that the job works on; nil for a generation.
    ///   - model: the one that the job names.
    /// - Throws: `JSONMismatch` or `InvalidSetting` for what is no such request, `RequestRefusal` for a condition that
    ///   the model does not have.
    package init(stored request: JSONValue, kind: Recipe.Kind, inputs: RestorationInputs?, model: ModelFacts) throws {
        let root = JSONCursor(request)
        self.model = try root.required("model").string()
        count = try root.required("count").int(in: 1...RecipeSeries.maximumCount)
        settings = try SamplingSettings(root)
        var faults = RequestFaults()
        condition = ConditionRequest.read(
            try root.required("condition"), attributes: model.attributes, faults: &faults)
        guard faults.isEmpty else { throw RequestRefusal.fields(faults) }
        width = try root.required("width").int(in: Recipe.sides)
        height = try root.required("height").int(in: Recipe.sides)
        previews = try root.member("previews")?.bool() ?? false
        restoration = try inputs.map { try RestorationRequest(root, kind: kind, inputs: $0) }
    }
}

extension RestorationRequest {
    fileprivate init(_ request: JSONCursor, kind: Recipe.Kind, inputs: RestorationInputs) throws {
        self.init(
            kind: kind, method: try request.requiredChoice("method"),
            resampling: try Restoration.Resampling(request.required("resample")),
            scale: try request.member("scale")?.int(), noiseLevel: try request.member("noise_level")?.double() ?? 0,
            inputs: inputs, maskNote: request.value["mask"]?["note"]?.string)
    }
}
