import Diffusion
import JSON

/// What a model says of how its images are sampled (`sampling` in `phantom.json`): fields of requests, which a request
/// takes from it where it leaves them out. What neither says is the service's.
///
/// `sampler` and `guidance` are taken each by itself. `steps`, `eta` and `sampler_options` were chosen for the sampler,
/// `guidance_rescale` and `guidance_interval` for the guidance: a request that names another sampler, or another
/// guidance, takes none of what belongs to the model's.
public struct SamplingDefaults: Sendable, Equatable {
    /// As the file has them, by the names of the fields of requests.
    public let fields: JSONObject

    /// What is a matter of the model, each first with what is chosen for it. Seed, source of the noise, depth, size and
    /// count are a matter of the request.
    private static let groups: [(first: String, others: [String])] = [
        ("sampler", ["steps", "eta", "sampler_options"]), ("guidance", ["guidance_rescale", "guidance_interval"]),
    ]

    /// Holds the fields against the model: a request that names just them must be one that can be made.
    /// - Parameter model: but for its own sampling.
    /// - Throws: `RequestRefusal` with every fault, by the names of the fields.
    public init(_ fields: JSONObject, of model: ModelFacts) throws(RequestRefusal) {
        var checked = FieldCollector(fields, known: Self.groups.flatMap { [$0.first] + $0.others })
        for group in Self.groups where !checked.has(group.first) {
            let alone = group.others.filter { checked.has($0) }
            guard !alone.isEmpty else { continue }
            checked.refuse(group.first, "expected the one that \(alone.joined(separator: ", ")) is for, got nothing")
        }
        guard checked.faults.isEmpty else { throw RequestRefusal.fields(checked.faults) }
        self.fields = fields
        _ = try Self.plan(fields, model)
    }

    /// A request with what it leaves out and the model says.
    /// - Parameters:
    ///   - method: of a restoration; nil for images from noise. A method of its own way of sampling (`ddnm`, `repaint`)
    ///     has sampler, steps and eta of its own, which were chosen for it; guidance it takes as all do.
    ///   - mostSteps: steps that a request may have; a default is not refused for more.
    package func completing(
        _ request: JSONObject, method: Restoration.Method? = nil, mostSteps: Int = .max
    ) -> JSONObject {
        var completed = request
        for (first, others) in Self.groups where first != "sampler" || method == nil || method == .conditional {
            guard let own = fields[first], request[first].map({ Self.isSame($0, own) }) ?? true else { continue }
            for name in [first] + others where request[name] == nil { completed[name] = fields[name] }
        }
        if request["steps"] == nil, let steps = completed["steps"]?.number?.int, steps > mostSteps {
            completed["steps"] = .integer(mostSteps)
        }
        return completed
    }

    /// Numbers may be written in several ways.
    private static func isSame(_ one: JSONValue, _ other: JSONValue) -> Bool {
        if let (number, second) = one.number?.double.flatMap({ first in other.number?.double.map { (first, $0) } }) {
            return number == second
        }
        return one == other
    }
}

extension SamplingDefaults {
    /// Plans the request that names the fields and beside them only what the model demands.
    private static func plan(_ fields: JSONObject, _ model: ModelFacts) throws(RequestRefusal) -> PlannedGeneration {
        var (model, body) = (model, fields)
        model.sampling = nil
        body["seed"] = "0"
        if model.hasClassTable, model.nullClass == nil, let attribute = model.attributes.first,
            let value = attribute.values.first
        {
            body["condition"] = .object([attribute.name: .string(value)])
        }
        let validator = GenerationValidator(models: [model], limits: .largest(memoryBytes: .max)) { _, _, _, _ in 0 }
        guard model.generation.concatenation != nil else { return try validator.validate(.object(body)) }
        // Enough for any model that is let in: a multiple of the size divisor, and no large image.
        let divisor = max(1, model.generation.sizeDivisor), side = divisor * max(1, 8 / divisor)
        body["scale"] = 2
        return try validator.validate(
            .object(body), kind: .superResolution,
            inputs: RestorationInputs(blackOf: side, channels: model.generation.channels))
    }
}
