import HTTPTypes

/// A problem document (RFC 9457), the body of every error that the HTTP layer itself answers.
public struct Problem: Sendable, Equatable {
    public var status: HTTPResponse.Status
    /// A URI; `about:blank` says that the title is the status's own phrase (RFC 9457 section 4.2.1).
    public var type: String
    public var title: String
    /// What exactly is wrong with this request.
    public var detail: String

    public init(status: HTTPResponse.Status, type: String = "about:blank", title: String? = nil, detail: String) {
        self.status = status
        self.type = type
        self.title = title ?? status.reasonPhrase
        self.detail = detail
    }

    /// The document as JSON (RFC 8259), members in a fixed order.
    public var json: String {
        var text = "{\"type\":"
        text.appendJSON(type)
        text += ",\"title\":"
        text.appendJSON(title)
        text += ",\"status\":\(status.code),\"detail\":"
        text.appendJSON(detail)
        return text + "}"
    }
}

extension Response {
    /// The answer `application/problem+json` with the problem's own status.
    public init(problem: Problem, fields: HTTPFields = [:]) {
        self.init(status: problem.status, fields: fields, body: Array(problem.json.utf8))
        self.fields[.contentType] = "application/problem+json"
        self.fields[.cacheControl] = "no-store"
    }

    /// 405 with the Allow field that RFC 9110 section 15.5.6 demands.
    public static func methodNotAllowed(_ method: HTTPRequest.Method, allowed: [HTTPRequest.Method]) -> Response {
        let list = allowed.map(\.rawValue).joined(separator: ", ")
        let detail = "\(method.rawValue) is not offered here; expected one of: \(list)"
        return Response(problem: Problem(status: .methodNotAllowed, detail: detail), fields: [.allow: list])
    }

    /// 411: for a route that needs a body and got neither Content-Length nor chunks (RFC 9110 section 15.5.12).
    public static var lengthRequired: Response {
        Response(problem: Problem(status: .lengthRequired, detail: "a body with Content-Length or Transfer-Encoding: chunked is expected"))
    }
}

extension String {
    /// Appends a JSON string literal, controls escaped (RFC 8259 section 7).
    fileprivate mutating func appendJSON(_ value: String) {
        append("\"")
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": append("\\\"")
            case "\\": append("\\\\")
            case "\n": append("\\n")
            case "\r": append("\\r")
            case "\t": append("\\t")
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let hex = String(scalar.value, radix: 16)
                append("\\u" + String(repeating: "0", count: 4 - hex.count) + hex)
            default: unicodeScalars.append(scalar)
            }
        }
        append("\"")
    }
}
