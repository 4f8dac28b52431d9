import Imaging
import JSON

/// A body of OpenAI's image routes, read: the fields of an ordinary request, and how its images are answered.
struct OpenAIRequest {
    enum Format: String, CaseIterable {
        case base64 = "b64_json"
        case url
    }

    /// The request as `/v1/generations` and `/v1/inpaintings` take it, its pictures aside.
    let fields: JSONObject
    let format: Format

    /// Fields of this service's own that are taken beside OpenAI's, as `extra_body` of its Python client sends them.
    private static let own = [
        "steps", "sampler", "sampler_options", "guidance", "guidance_rescale", "guidance_interval", "seed", "noise",
        "eta",
        "bit_depth", "method", "resample",
    ]
    /// Fields that may say only what is so anyway.
    private static let fixed: [(name: String, values: [String])] = [
        ("quality", ["auto", "standard"]), ("output_format", ["png"]), ("background", ["auto", "opaque"]),
        ("moderation", ["auto", "low"]),
    ]
    private static let known = ["prompt", "model", "n", "size", "response_format", "user"] + fixed.map(\.name) + own

    /// Other names of parts of a form: OpenAI's client sends a list of pictures as parts of that name, here of one.
    static let aliases = ["image[]": "image"]

    /// - Parameter prompts: of the models that there are, by name.
    /// - Throws: 422 with every fault.
    init(_ value: JSONValue, prompts: [String: ConditionPrompt]) throws(Problem) {
        guard let object = value.object else {
            throw Problem(
                .invalid, "The body is not an object.",
                errors: [.init(pointer: "#", detail: "expected an object, got \(value.summary)")])
        }
        var faults = RequestFaults()
        func read<Value>(_ body: () throws(JSONMismatch) -> Value) -> Value? {
            do throws(JSONMismatch) {
                return try body()
            } catch {
                faults.append(RequestFault(error))
                return nil
            }
        }
        let cursor = JSONCursor(object), known = Self.known
        for name in object.keys where !known.contains(name) { faults.append(.unknownField(name, known: known)) }
        for (name, values) in Self.fixed {
            _ = read { () throws(JSONMismatch) in try cursor.member(name)?.string(oneOf: values) }
        }
        format =
            read { () throws(JSONMismatch) in try cursor.choice("response_format") as Format? }.flatMap(\.self)
            ?? .base64
        var fields = Self.passedOn(object)
        let sides = read { () throws(JSONMismatch) in try cursor.member("size").map(Self.sides) }.flatMap(\.self)
            .flatMap(\.self)
        // Of an edit they are held against the image's.
        if let sides { (fields["width"], fields["height"]) = (.integer(sides.0), .integer(sides.1)) }
        let text = read { () throws(JSONMismatch) in try cursor.required("prompt").string() }
        if let text, let prompt = Self.prompt(fields["model"]?.string, prompts) {
            do throws(ConditionPrompt.Refusal) {
                fields["condition"] = .object(try prompt.condition(text))
            } catch {
                faults.append(.init(pointer: "#/prompt", detail: error.detail))
            }
        }
        guard faults.isEmpty else { throw Problem(.invalid, "The request is not valid.", errors: faults) }
        self.fields = fields
    }

    /// What is this service's own already, or has only another name there.
    private static func passedOn(_ object: JSONObject) -> JSONObject {
        var fields = JSONObject()
        for name in own { if let value = object[name] { fields[name] = value } }
        if let count = object["n"], !count.isNull { fields["count"] = count }
        if let model = object["model"], !model.isNull { fields["model"] = model }
        return fields
    }

    /// Of the model that is named, or of the only one. An unknown name is refused with the other fields.
    private static func prompt(_ model: String?, _ prompts: [String: ConditionPrompt]) -> ConditionPrompt? {
        if let model { prompts[model] } else { prompts.count == 1 ? prompts.first?.value : nil }
    }

    /// `512x512`; nil for `auto`.
    private static func sides(_ cursor: JSONCursor) throws(JSONMismatch) -> (Int, Int)? {
        let text = try cursor.string()
        if text == "auto" { return nil }
        let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard sides.count == 2, let width = sides[0], let height = sides[1], width > 0, height > 0 else {
            throw cursor.mismatch(expected: "auto, or width and height as 64x64")
        }
        return (width, height)
    }

    /// The name that a field of this service's has here.
    static func field(_ pointer: String) -> String {
        let name = FieldCollector.field(of: pointer)
        return switch name {
        case "count": "n"
        case "width", "height": "size"
        case "condition": "prompt"
        default: name
        }
    }
}
