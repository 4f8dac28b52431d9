import HTTPTypes
import JSON

/// What went wrong with a request, as the client is told it (RFC 9457). Thrown by routes; the router turns it into an
/// `application/problem+json` answer in exactly one place.
public struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
    /// One fault in the request.
    public struct FieldError: Sendable, Equatable {
        /// A JSON pointer into the body as a URI fragment (`#/steps`, RFC 6901 section 6); `?name` for a query
        /// parameter. Of a very long one the beginning.
        public let pointer: String
        public let detail: String

        public init(pointer: String, detail: String) {
            self.pointer = pointer.excerpt(Problem.pointerLength)
            self.detail = detail.excerpt(Problem.detailLength)
        }
    }

    /// Characters at most: whatever stands in a request, what is said of it fits a screen.
    static let pointerLength = 800, detailLength = 2000

    public let kind: ProblemKind
    public let detail: String
    public var errors: FieldErrors
    /// Fields of the answer that belong to this error, as `Retry-After` or `Allow`.
    public var fields: HTTPFields
    /// Members beyond the standard ones (RFC 9457 section 3.2).
    public var extensions: JSONObject

    public init(
        _ kind: ProblemKind, _ detail: String, errors: FieldErrors = [], fields: HTTPFields = [:],
        extensions: JSONObject = JSONObject()
    ) {
        self.kind = kind
        self.detail = detail.excerpt(Self.detailLength)
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
    public var description: String {
        errors.isEmpty ? detail : errors.map { "\($0.pointer): \($0.detail)" }.joined(separator: "\n") + errors.note
    }

    /// The same problem, to be tried again after so many seconds (RFC 9110 section 10.2.3), at least 1.
    public func retrying(after seconds: Int) -> Problem {
        var copy = self
        copy.fields[.retryAfter] = String(max(1, seconds))
        return copy
    }
}
