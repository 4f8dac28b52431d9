import HTTPTypes
import Imaging
import JSON

/// What went wrong with a request, as the client is told it (RFC 9457). Thrown by routes; the router turns it into an
/// `application/problem+json` answer in exactly one place.
public struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
    public let kind: ProblemKind
    public let detail: String
    public var errors: RequestFaults
    /// Fields of the answer that belong to this error, as `Retry-After` or `Allow`.
    public var fields: HTTPFields
    /// Members beyond the standard ones (RFC 9457 section 3.2).
    public var extensions: JSONObject

    public init(
        _ kind: ProblemKind, _ detail: String, errors: RequestFaults = [], fields: HTTPFields = [:],
        extensions: JSONObject = JSONObject()
    ) {
        self.kind = kind
        self.detail = detail.excerpt(RequestFault.detailLength)
        self.errors = errors
        self.fields = fields
        self.extensions = extensions
    }

    /// The document, with the path of the request as its `instance` where that is known.
    public func document(instance: String? = nil) -> JSONObject {
        var document: JSONObject = [
            "type": .string(kind.type),
            "title": .string(kind.title),
            "status": .integer(kind.status.code),
            "detail": .string(detail + errors.note),
        ]
        if let instance { document["instance"] = .string(instance) }
        if !errors.isEmpty {
            document["errors"] = .array(
                errors.map { ["pointer": .string($0.pointer), "detail": .string($0.detail)] })
        }
        for (key, value) in extensions { document[key] = value }
        return document
    }

    /// For people, on one or several lines.
    public var description: String { errors.isEmpty ? detail : errors.lines }

    /// The same problem, to be tried again after so many seconds (RFC 9110 section 10.2.3), at least 1.
    public func retrying(after seconds: Int) -> Problem {
        var copy = self
        copy.fields[.retryAfter] = String(max(1, seconds))
        return copy
    }
}
