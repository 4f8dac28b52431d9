import HTTPTypes

/// What is wrong with a message, and the status that says so. The connection closes after it: where the next request
/// would begin is no longer certain.
package struct ProtocolViolation: Error, Equatable {
    package var status: HTTPResponse.Status
    package var detail: String

    static func badRequest(_ detail: String) -> ProtocolViolation {
        ProtocolViolation(status: .badRequest, detail: detail)
    }
}
