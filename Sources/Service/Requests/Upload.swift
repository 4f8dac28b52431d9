import Crypto
import FoundationEssentials
import HTTP
import JSON

/// A picture that a request brings, wherever it stood in the body.
enum UploadedPicture: Sendable {
    /// A file as it was sent.
    case file([UInt8])
    /// Something stood in its place; what was expected there.
    case unreadable(String)
}

/// A body whose request may bring pictures: JSON with them in base64, or a form with a part for each and one,
/// `request`, for the JSON (RFC 7578).
struct Upload: Sendable {
    /// The request without its pictures.
    let fields: JSONValue
    /// By name.
    let pictures: [String: UploadedPicture]

    /// - Parameter names: of the pictures that the route takes.
    /// - Throws: 400 for what is neither JSON nor a form. What stands in the wrong place within one is told with the
    ///   other fields.
    init(_ body: [UInt8], type: MediaType?, pictures names: [String]) throws(Problem) {
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
        guard Set(parts.map(\.name)).count == parts.count else {
            throw Problem(.unreadable, "The form has several parts of one name.")
        }
        let request = parts.first { $0.name == "request" }
        self = try Upload(json: request?.body ?? Array("{}".utf8), pictures: names)
        take(parts.filter { $0.name != "request" }, names: names)
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
            // Padded, without white space (RFC 4648 section 4).
            if let data = member.string.flatMap({ Data(base64Encoded: $0) }) {
                pictures[name] = .file([UInt8](data))
            } else {
                pictures[name] = .unreadable("expected a PNG or DICOM file in base64, got \(member.string == nil ? member.summary : "another string")")
            }
        }
        (fields, self.pictures) = (.object(object), pictures)
    }

    private init(fields: JSONValue, pictures: [String: UploadedPicture]) {
        (self.fields, self.pictures) = (fields, pictures)
    }

    /// Adds the files of a form. A part that is no picture here is a field that nobody knows, and is refused as one.
    private mutating func take(_ parts: [MultipartForm.Part], names: [String]) {
        var (fields, pictures) = (self.fields, self.pictures)
        for part in parts {
            if names.contains(part.name) {
                let isAlone = pictures[part.name] == nil
                pictures[part.name] = isAlone ? .file(part.body) : .unreadable("expected once, got a part and a field of the request")
            } else if var object = fields.object, object[part.name] == nil {
                object[part.name] = .string("a part of the form")
                fields = .object(object)
            }
        }
        self = Upload(fields: fields, pictures: pictures)
    }

    /// Equal for requests that ask for the same with the same files, however they are written: form, order, spaces,
    /// escapes, and the spelling of numbers (`1` and `1.0`).
    var digest: String {
        var hash = SHA256()
        hash.update(data: JSONWriter(sortedKeys: true, canonicalNumbers: true).write(fields))
        for (name, picture) in pictures.sorted(by: { $0.key < $1.key }) {
            hash.update(data: Array("\n\(name) ".utf8))
            if case .file(let bytes) = picture { hash.update(data: Array(SHA256.hash(data: bytes))) }
        }
        return Hex.encode(hash.finalize())
    }
}
