import Diffusion
import JSON

/// The fields of a request against each other, the model and the limits.
extension GenerationValidator {
    /// What a field may be because of the model or of other fields.
    func check(_ request: GenerationRequest, against model: ModelFacts, _ fields: inout FieldCollector) {
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
        checkPixels(request, at: keys[0], &fields)
    }

    /// - Parameter key: the field that says the width.
    func checkPixels(_ request: GenerationRequest, at key: String, _ fields: inout FieldCollector) {
        let (pixels, overflow) = request.width.multipliedReportingOverflow(by: request.height)
        if overflow || pixels > limits.pixels {
            fields.refuse(
                fields.has("height") ? "height" : key,
                "expected width times height of at most \(limits.pixels), got \(request.width) x \(request.height)")
        }
    }
}
