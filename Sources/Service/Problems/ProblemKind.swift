import HTTPTypes

/// The one table from errors to statuses. `type` is a stable name that programs may compare.
public enum ProblemKind: String, Sendable, CaseIterable {
    case unreadable
    case unauthorized
    case forbidden
    case notFound = "not-found"
    case methodNotAllowed = "method-not-allowed"
    case requestTimeout = "request-timeout"
    case conflict
    case gone
    case preconditionFailed = "precondition-failed"
    case contentTooLarge = "content-too-large"
    case unsupportedMediaType = "unsupported-media-type"
    case rangeNotSatisfiable = "range-not-satisfiable"
    case invalid
    case keyReused = "idempotency-key-reused"
    case queueFull = "queue-full"
    case overQuota = "quota-exceeded"
    case tooManyStreams = "too-many-streams"
    case internalError = "internal"
    case unavailable
    /// The job that is waited for goes on.
    case notReady = "not-ready"
    case storeFull = "store-full"
    /// The models stay as they were.
    case reloadRefused = "reload-refused"
    /// Only in jobs: computing failed, or the job ended its process too often.
    case jobFailed = "job-failed"

    /// `urn:phantom:problem:...`: a name, not an address; nothing is fetched from it.
    public var type: String { "urn:phantom:problem:" + rawValue }

    public var status: HTTPResponse.Status { row.status }
    public var title: String { row.title }

    private var row: (status: HTTPResponse.Status, title: String) {
        switch self {
        case .unreadable: (.badRequest, "The request cannot be read")
        case .unauthorized: (.unauthorized, "A valid bearer token is needed")
        case .forbidden: (.forbidden, "This is not allowed")
        case .notFound: (.notFound, "There is no such thing")
        case .methodNotAllowed: (.methodNotAllowed, "The resource does not have this method")
        case .requestTimeout: (.requestTimeout, "The request did not arrive in time")
        case .conflict: (.conflict, "The job's state does not allow it")
        case .gone: (.gone, "The job was deleted or has expired")
        case .preconditionFailed: (.preconditionFailed, "The job is not what If-Match says it is")
        case .contentTooLarge: (.contentTooLarge, "The body is too large")
        case .unsupportedMediaType: (.unsupportedMediaType, "The media type is not supported")
        case .rangeNotSatisfiable: (.rangeNotSatisfiable, "The range lies outside the content")
        case .invalid: (.unprocessableContent, "The request is not valid")
        case .keyReused: (.unprocessableContent, "The idempotency key belongs to another request")
        case .queueFull: (.tooManyRequests, "The queue is full")
        case .overQuota: (.tooManyRequests, "The quota of the token is used up")
        case .tooManyStreams: (.tooManyRequests, "Too many streams of events are open")
        case .internalError: (.internalServerError, "A fault of the service")
        case .unavailable: (.serviceUnavailable, "The service is not available now")
        case .reloadRefused: (.conflict, "The models cannot be loaded anew")
        case .notReady: (.serviceUnavailable, "The images are not there yet")
        case .storeFull: (.init(code: 507, reasonPhrase: "Insufficient Storage"), "The store is full")
        case .jobFailed: (.internalServerError, "The job failed")
        }
    }
}
