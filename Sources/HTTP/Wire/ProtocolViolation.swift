import HTTPTypes

/// Why a message cannot be read to its end: what is wrong with it, or that there is no room or time for it, and the
/// status that says so. The connection closes after it: where the next request would begin is no longer certain.
public struct ProtocolViolation: Error, Equatable {
    /// The status that says so.
    public var status: HTTPResponse.Status
    /// What is wrong, for the person who wrote the client.
    public var detail: String

    /// - Parameters:
    ///   - status: that says so.
    ///   - detail: what is wrong.
    package init(status: HTTPResponse.Status, detail: String) { (self.status, self.detail) = (status, detail) }

    static func badRequest(_ detail: String) -> ProtocolViolation {
        ProtocolViolation(status: .badRequest, detail: detail)
    }

    /// The last answer of the connection.
    package var response: Response {
        status == .serviceUnavailable ? .unavailable(detail) : .refusal(status, detail)
    }
}
