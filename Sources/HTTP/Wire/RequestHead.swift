import HTTPTypes

/// The HTTP version of a request as it is treated: minor versions above 1 are served as 1.1 (RFC 9110 section 2.5).
public enum HTTPVersion: Sendable, Equatable {
    case http10, http11
}

/// How the end of a request body is found (RFC 9112 section 6.3).
public enum BodyFraming: Sendable, Equatable {
    /// Neither Content-Length nor Transfer-Encoding: there is no body.
    case none
    /// Content-Length, in bytes.
    case length(Int)
    case chunked
}

/// Everything that precedes the body, checked: a head that exists is well-formed.
public struct RequestHead: Sendable, Equatable {
    /// The method of the request line.
    public var method: HTTPRequest.Method
    /// The target of the request line.
    public var target: RequestTarget
    /// The version that the client speaks.
    public var version: HTTPVersion
    /// The fields of the header section in their order.
    public var fields: HTTPFields
    /// How the end of the body is found.
    public var framing: BodyFraming
    /// Whether the connection may serve another request afterwards (RFC 9112 section 9.3).
    public var isPersistent: Bool
    /// Where the request came from.
    public var peer: PeerAddress

    /// A head from an unknown peer, persistent as its version has it.
    public init(
        method: HTTPRequest.Method, target: RequestTarget, version: HTTPVersion = .http11, fields: HTTPFields = [:],
        framing: BodyFraming = .none
    ) {
        self.method = method
        self.target = target
        self.version = version
        self.fields = fields
        self.framing = framing
        self.isPersistent = version == .http11
        self.peer = .unknown
    }

    /// The target's path, still percent-encoded: `/v1/jobs/a%20b`.
    public var path: String { target.path }
    /// The target's query without its `?`, still percent-encoded.
    public var query: String? { target.query }
    /// Host and port that the client asked for: of the target, else of the Host field (RFC 9112 section 3.2.2).
    public var authority: String? { target.authority ?? fields[.host] }
}

extension HTTPField.Name {
    /// Host (RFC 9110 section 7.2), which swift-http-types keeps for its pseudo header field.
    static let host = HTTPField.Name(parsed: "host")!  // a constant token
}
