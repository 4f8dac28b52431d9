import Diffusion

extension OfflineTask {
    /// Refuses what no model is needed to judge, by the options that it comes from: words that none knows, numbers that
    /// no request may have, options that do not go together.
    /// - Throws: `RequestRefusal` with every such fault.
    public func checkOptions() throws(RequestRefusal) {
        let validator = GenerationValidator(models: [], limits: .largest(memoryBytes: .max)) { _, _, _, _ in 0 }
        var fields = FieldCollector(body, known: GenerationRequest.fields + RestorationRequest.fields(kind))
        validator.readWithoutModel(&fields, kind: kind)
        guard fields.faults.isEmpty else { throw RequestRefusal.fields(fields.faults).namingOptions }
    }
}
