import HTTPTypes

/// An answer. Date, Content-Length, Transfer-Encoding and Connection are the connection's affair: values given here
/// for them are ignored, except `Connection: close`, for which there is ``closesConnection``.
public struct Response: Sendable {
    public var status: HTTPResponse.Status
    public var fields: HTTPFields
    public var body: Body
    /// Ask for the connection to be closed after this answer.
    public var closesConnection = false

    public enum Body: Sendable {
        case bytes([UInt8])
        case stream(ResponseStream)
    }

    public init(status: HTTPResponse.Status, fields: HTTPFields = [:], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = .bytes(body)
    }

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
