import HTTPTypes

// What HTTP itself answers to a request that does not reach the handler, or that the handler leaves.
extension Response {
    /// An answer of `status` with a problem document (RFC 9457) as its body, members in a fixed order. It has no type
    /// of its own, that is `about:blank`, and so the status's own phrase for its title (section 4.2.1).
    /// - Parameter detail: what exactly is wrong with this request.
    public static func refusal(
        _ status: HTTPResponse.Status, _ detail: String, fields: HTTPFields = [:]
    ) -> Response {
        var text = "{\"type\":\"about:blank\",\"title\":"
        text.appendJSON(status.reasonPhrase)
        text += ",\"status\":\(status.code),\"detail\":"
        text.appendJSON(detail)
        text += "}"
        var fields = fields
        fields[.contentType] = "application/problem+json"
        fields[.cacheControl] = "no-store"
        return Response(status: status, fields: fields, body: Array(text.utf8))
    }

    /// 503, to be tried again in a second (RFC 9110 section 10.2.3): for what passes by itself.
    static func unavailable(_ detail: String) -> Response {
        refusal(.serviceUnavailable, detail, fields: [.retryAfter: "1"])
    }

    /// 405 with the Allow field that RFC 9110 section 15.5.6 demands.
    public static func methodNotAllowed(_ method: HTTPRequest.Method, allowed: [HTTPRequest.Method]) -> Response {
        let list = allowed.map(\.rawValue).joined(separator: ", ")
        let detail = "\(method.rawValue) is not offered here; expected one of: \(list)"
        return refusal(.methodNotAllowed, detail, fields: [.allow: list])
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
