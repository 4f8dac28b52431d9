import HTTPTypes

/// What is wrong with a message, and the status that says so. The connection closes after it: where the next request
/// would begin is no longer certain.
public struct ProtocolViolation: Error, Equatable {
    public var status: HTTPResponse.Status
    public var detail: String

    static func badRequest(_ detail: String) -> ProtocolViolation {
        ProtocolViolation(status: .badRequest, detail: detail)
    }
}
