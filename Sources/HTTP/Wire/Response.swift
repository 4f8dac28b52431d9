import HTTPTypes

/// An answer. Date, Content-Length, Transfer-Encoding and Connection are the connection's affair: values given here
/// for them are ignored, except `Connection: close`, for which there is ``closesConnection``.
public struct Response: Sendable {
    /// The status of the status line.
    public var status: HTTPResponse.Status
    /// The fields of the header section, without those of the connection.
    public var fields: HTTPFields
    /// The content; it is left out where the request or the status has none.
    public var body: Body
    /// Ask for the connection to be closed after this answer.
    public var closesConnection = false

    /// Content that is at hand, or that is produced piece by piece.
    public enum Body: Sendable {
        case bytes([UInt8])
        case stream(ResponseStream)
    }

    /// An answer whose content is at hand.
    public init(status: HTTPResponse.Status, fields: HTTPFields = [:], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = .bytes(body)
    }

    /// An answer whose content is produced piece by piece.
    public init(status: HTTPResponse.Status, fields: HTTPFields = [:], stream: ResponseStream) {
        self.status = status
        self.fields = fields
        self.body = .stream(stream)
    }

    /// An answer with a text and its media type, for example `text/plain; charset=utf-8`.
    public init(status: HTTPResponse.Status = .ok, contentType: String, text: String) {
        self.init(status: status, fields: [.contentType: contentType], body: Array(text.utf8))
    }
}
