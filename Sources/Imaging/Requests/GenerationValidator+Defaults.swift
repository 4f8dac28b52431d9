import Diffusion
import Images
import JSON

/// What a request is given that leaves fields out: first what the model says, then the service's own.
extension GenerationValidator {
    /// Fills in what the model says and the request does not.
    func take(_ sampling: SamplingDefaults?, _ method: Restoration.Method?, into fields: inout FieldCollector) {
        guard let sampling else { return }
        fields.complete { sampling.completing($0, method: method, mostSteps: limits.steps) }
    }

    /// The settings of a request that names nothing but the model, and the method that it then has; what can be refused
    /// of such a request is not looked at.
    public func defaults(_ kind: Recipe.Kind, of model: ModelFacts) -> SamplingSettings {
        var fields = FieldCollector(JSONObject(), known: [])
        var restoration: RestorationRequest?
        if kind != .generation, let inputs = RestorationInputs(blackOf: 1, channels: 1) {
            let method = Restoration.Method.standard(kind, model: model)
            restoration = RestorationRequest(
                kind: kind, method: method, resampling: method.resampling, noiseLevel: 0, inputs: inputs)
        }
        take(model.sampling, restoration?.method, into: &fields)
        return read(&fields, model: model, restoration: restoration).settings
    }
}

extension RestorationInputs {
    /// A black square, where it matters only that there is an image; nil for sides that no image has.
    init?(blackOf side: Int, channels: Int) {
        let samples = [UInt16](repeating: 0, count: side * side * channels)
        guard
            let image = try? PixelImage(
                width: side, height: side, channels: channels, bitDepth: 8, samples: samples)
        else { return nil }
        self.init(image: image)
    }
}
