import HTTP
import HTTPTypes
import JSON

extension Response {
    /// A JSON document that is not to be kept by caches unless `fields` say otherwise.
    static func json(_ document: JSONObject, status: HTTPResponse.Status = .ok, fields: HTTPFields = [:]) -> Response {
        var fields = fields
        fields[.contentType] = "application/json"
        if fields[.cacheControl] == nil { fields[.cacheControl] = "no-store" }
        return Response(status: status, fields: fields, body: document.serialized())
    }

    /// The answer to a failed request (RFC 9457).
    static func problem(_ problem: Problem, instance: String?) -> Response {
        var fields = problem.fields
        fields[.contentType] = "application/problem+json"
        fields[.cacheControl] = "no-store"
        let document = problem.document(instance: instance)
        return Response(status: problem.kind.status, fields: fields, body: document.serialized())
    }

    /// 304 with the fields that the 200 would have had (RFC 9110 section 15.4.5).
    static func notModified(_ fields: HTTPFields) -> Response { Response(status: .notModified, fields: fields) }
}

extension HTTPFields {
    /// The fields of a representation that never changes, but belongs to whoever may ask for it (RFC 8246). A year, in
    /// seconds, is what caches take for ever.
    static func immutable(_ tag: EntityTag) -> HTTPFields {
        [.eTag: tag.text, .cacheControl: "private, max-age=31536000, immutable"]
    }
}

extension JSONValue {
    /// A measured number of milliseconds or seconds, to its thousandth.
    static func measured(_ value: Double) -> JSONValue { .double((value * 1000).rounded() / 1000) }
}

extension HTTPField.Name {
    /// Names that are ours, or that swift-http-types does not list; each is a constant token.
    private static func constant(_ name: String) -> HTTPField.Name { HTTPField.Name(name)! }

    static let requestID = constant("X-Request-Id")
    static let idempotencyKey = constant("Idempotency-Key")
    static let traceParent = constant("traceparent")
    /// Tells clients of OpenAI's API not to try again by themselves.
    static let shouldRetry = constant("x-should-retry")
    static let serverTiming = constant("Server-Timing")
    static let prefer = constant("Prefer")
    static let preferenceApplied = constant("Preference-Applied")
}
