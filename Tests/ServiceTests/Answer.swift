import HTTP
import HTTPTypes
import JSON

struct UnexpectedAnswer: Error { let answer: String }

/// An answer, read.
struct Answer: Sendable {
    let status: Int
    let fields: HTTPFields
    let body: [UInt8]
    /// Of an answer that comes piece by piece.
    let stream: ResponseStream?

    init(_ response: Response) {
        status = response.status.code
        fields = response.fields
        switch response.body {
        case .bytes(let bytes): (body, stream) = (bytes, nil)
        case .stream(let pieces): (body, stream) = ([], pieces)
        }
    }

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSONValue? { try? JSONReader().read(body) }
    subscript(_ key: String) -> JSONValue? { json?[key] }
    subscript(field name: String) -> String? { fields[HTTPField.Name(name)!] }

    /// Whether this is a problem document of its own status (RFC 9457).
    var isProblem: Bool {
        self[field: "Content-Type"] == "application/problem+json" && self["status"]?.number?.int == status
            && self["title"]?.string != nil && self["detail"]?.string != nil && self["type"]?.string?.hasPrefix("urn:phantom:problem:") == true
    }
}
