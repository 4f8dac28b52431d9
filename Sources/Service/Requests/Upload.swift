import Bytes
import HTTP
import Imaging
import JSON

/// A body whose request may bring pictures: JSON with them in base64, or a form with a part for each and one,
/// `request`, for the JSON (RFC 7578), or a part for each of its fields.
struct Upload: Sendable {
    /// The request without its pictures.
    let fields: JSONValue
    /// By name.
    let pictures: [String: UploadedPicture]

    /// - Parameters:
    ///   - names: of the pictures that the route takes.
    ///   - aliases: other names that parts of a form may have, and what they mean.
    /// - Throws: 400 for what is neither JSON nor a form. What stands in the wrong place within one is told with the
    ///   other fields.
    init(
        _ body: [UInt8], type: MediaType?, pictures names: [String], aliases: [String: String] = [:]
    ) throws(Problem) {
        guard let type, type.isForm else {
            self = try Upload(json: body, pictures: names)
            return
        }
        let parts: [MultipartForm.Part]
        do throws(MultipartForm.Violation) {
            parts = try MultipartForm(body, boundary: type.parameters["boundary"] ?? "").parts
        } catch {
            throw Problem(.unreadable, "The body is no multipart form: \(error).")
        }
        var seen: Set<String> = []
        for part in parts where !seen.insert(aliases[part.name] ?? part.name).inserted {
            throw Self.doubled(part.name, "several parts of one name")
        }
        let request = parts.first { $0.name == "request" }
        self = try Upload(json: request?.body ?? Array("{}".utf8), pictures: names)
        try take(parts.filter { $0.name != "request" }, names: names, aliases: aliases)
    }

    private init(json: [UInt8], pictures names: [String]) throws(Problem) {
        let value: JSONValue
        do throws(JSONSyntaxError) {
            value = try JSONReader().read(json)
        } catch {
            throw Problem(.unreadable, "The body is not JSON: \(error)")
        }
        guard var object = value.object else {
            (fields, pictures) = (value, [:])
            return
        }
        var pictures: [String: UploadedPicture] = [:]
        for name in names {
            guard let member = object[name] else { continue }
            object[name] = nil
            pictures[name] =
                member.string.map(Base64Picture.read)
                ?? .unreadable("expected a PNG or DICOM file in base64, got \(member.summary)")
        }
        (fields, self.pictures) = (.object(object), pictures)
    }

    private init(fields: JSONValue, pictures: [String: UploadedPicture]) {
        (self.fields, self.pictures) = (fields, pictures)
    }

    /// Adds the files of a form, and its other parts as fields: what nobody knows among them is refused as a field is.
    private mutating func take(
        _ parts: [MultipartForm.Part], names: [String], aliases: [String: String]
    ) throws(Problem) {
        var pictures = pictures
        var object = fields.object ?? JSONObject()
        for part in parts {
            let name = aliases[part.name] ?? part.name
            if names.contains(name) {
                let isAlone = pictures[name] == nil
                pictures[name] =
                    isAlone ? .file(part.body) : .unreadable("expected once, got a part and a field of the request")
                continue
            }
            guard object[part.name] == nil else {
                throw Self.doubled(part.name, "a part and a field of the request")
            }
            object[part.name] = Self.field(part)
        }
        self = Upload(fields: fields.object == nil ? fields : .object(object), pictures: pictures)
    }

    private static func doubled(_ name: String, _ got: String) -> Problem {
        let pointer = FieldCollector.fragment(JSONCursor(JSONObject()).pointer(to: name))
        return Problem(
            .invalid, "One field is not valid.", errors: [.init(pointer: pointer, detail: "expected once, got \(got)")])
    }

    /// Fields that are text whatever it looks like; a seed has more digits than other JSON readers keep.
    private static let texts: Set = [
        "model", "sampler", "noise", "method", "seed", "prompt", "size", "response_format", "user",
    ]

    /// What `-F steps=50` means: JSON where the part is JSON (numbers, `true`, objects), else its text.
    private static func field(_ part: MultipartForm.Part) -> JSONValue {
        guard let text = String(validating: part.body, as: UTF8.self) else {
            return .string("\(part.body.count) bytes that are no text")
        }
        if !texts.contains(part.name), let value = try? JSONReader().read(part.body) { return value }
        return .string(text)
    }

    /// Equal for requests that ask for the same with the same files, however they are written: form, order, spaces,
    /// escapes, and the spelling of numbers (`1` and `1.0`), of the seed also as a string.
    var digest: String {
        var fields = fields
        if var object = fields.object, let seed = object["seed"].flatMap(GenerationRequest.seed) {
            object["seed"] = .integer(seed)
            fields = .object(object)
        }
        var content = Digest.Accumulator()
        content.append(JSONWriter(sortedKeys: true, canonicalNumbers: true).write(fields))
        for (name, picture) in pictures.sorted(by: { $0.key < $1.key }) {
            content.append(Array("\n\(name) ".utf8))
            if case .file(let bytes) = picture { content.append(Digest(of: bytes).bytes) }
        }
        return content.digest.hexadecimal
    }
}
