/// Faults of a request as the command tells them: by the options that its fields come from.
extension RequestRefusal {
    /// `#/sampler_options/order` becomes `--sampler-option order`, `#/steps` becomes `--steps`; a field without an
    /// option keeps its name.
    public var namingOptions: RequestRefusal {
        var copy = self
        copy.faults = faults.rephrased { .init(pointer: Self.option(at: $0.pointer), detail: $0.detail) }
        return copy
    }

    /// - Parameter pointer: a JSON pointer into the body of a request, as a URI fragment.
    private static func option(at pointer: String) -> String {
        let names = pointer.drop { $0 == "#" || $0 == "/" }.split(separator: "/").map(String.init)
        guard let field = names.first else { return "options" }
        switch field {
        // Their members are written out: name=value.
        case "sampler_options", "condition":
            let option = field == "condition" ? "--condition" : "--sampler-option"
            return ([option] + (names.count > 1 ? [names.dropFirst().joined(separator: ".")] : [])).joined(
                separator: " ")
        default: return "--" + String(field.map { $0 == "_" ? "-" : $0 })
        }
    }
}
