import Bytes
import Diffusion
import JSON

/// Requests whose model is not known.
extension GenerationValidator {
    /// Complains of what no model is needed to judge: fields that no request has, words and numbers that none may have,
    /// and, where each is one by itself, fields that do not go together.
    func readWithoutModel(_ fields: inout FieldCollector, kind: Recipe.Kind) {
        let request = read(&fields, model: nil, restoration: nil)
        checkPixels(request, at: "width", &fields)
        let tasks = kind == .generation ? [nil] : restorations(kind, &fields)
        guard fields.faults.isEmpty else { return }
        // Of methods that the model chooses from, one that goes with the other fields is enough.
        let faults = tasks.map { fault(of: request, task: $0, kind, fields) }
        guard let fault = faults[0], !faults.contains(nil) else { return }
        let known = GenerationRequest.fields + RestorationRequest.fields(kind)
        fields.add(RequestFault(fault, known: known), to: fault.field)
    }

    /// What may be meant, by the method that is named or by each that a model may choose.
    private func restorations(_ kind: Recipe.Kind, _ fields: inout FieldCollector) -> [Restoration?] {
        let given = restorationFields(kind, model: nil, &fields)
        let isChosen = kind == .superResolution && !fields.has("method")
        return (isChosen ? Restoration.Method.offered(kind, model: nil) : [given.method]).map { method in
            let picture = Digest(of: "")
            var task = Restoration(method: method, imageDigest: picture)
            (task.scale, task.resampling, task.noiseLevel) = (given.scale, given.resampling, given.noiseLevel)
            if kind == .inpainting { task.maskDigest = picture }
            if method == .conditional { task.concatenation = .init(order: .imageFirst, upsampling: .nearest) }
            return task
        }
    }

    private func fault(
        of request: GenerationRequest, task: Restoration?, _ kind: Recipe.Kind, _ fields: FieldCollector
    ) -> InvalidSetting? {
        // What a request leaves out the model may say, but for methods with a sampler of their own.
        let isKnown = fields.has("sampler") || task.map { $0.method != .conditional } ?? false
        let sampler = fields.has("sampler") ? request.sampler : task?.method.sampler ?? request.sampler
        do throws(InvalidSetting) {
            if isKnown {
                try request.samplerOptions.validate(for: sampler)
                try sampler.check(steps: fields.has("steps") ? request.steps : nil, eta: request.eta)
            }
            try task?.validate(kind, sampler: sampler)
            return nil
        } catch { return error }
    }
}
