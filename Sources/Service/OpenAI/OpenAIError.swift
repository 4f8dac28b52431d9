import HTTP
import HTTPTypes
import Imaging
import JSON

/// How a route tells what went wrong.
package enum ProblemShape: Sendable {
    /// As RFC 9457 has it: everywhere but on the doors for others' clients.
    case document
    /// `{"error": {"message", "type", "param", "code"}}`, as clients of OpenAI's API read it.
    case openAI
}

extension ProblemKind {
    /// Whether the same request may succeed later.
    var isWorthATry: Bool { [429, 503, 507].contains(status.code) }
}

extension Response {
    /// The answer to a failed request, in the shape of its route.
    static func problem(_ problem: Problem, instance: String?, shape: ProblemShape) -> Response {
        switch shape {
        case .document: .problem(problem, instance: instance)
        case .openAI: .openAI(problem)
        }
    }

    private static func openAI(_ problem: Problem) -> Response {
        let fault = problem.errors.first
        let faults = problem.errors.map { "\(OpenAIRequest.field($0.pointer)): \($0.detail)" }
        let message = faults.isEmpty ? problem.detail : faults.joined(separator: "; ") + problem.errors.note
        var fields = problem.fields
        // Clients of this API try again at 409 and 5xx, and would make another job of it.
        if !problem.kind.isWorthATry { fields[.shouldRetry] = "false" }
        let error: JSONObject = [
            "message": .string(message), "type": .string(type(of: problem.kind)),
            "param": fault.map { .string(OpenAIRequest.field($0.pointer)) } ?? .null,
            "code": .string(problem.kind.rawValue),
        ]
        // What is well-formed and invalid is 400 there.
        let status: HTTPResponse.Status = problem.kind == .invalid ? .badRequest : problem.kind.status
        return .json(["error": .object(error)], status: status, fields: fields)
    }

    private static func type(of kind: ProblemKind) -> String {
        switch kind.status.code {
        case 401: "authentication_error"
        case 403: "permission_error"
        case 429: "rate_limit_error"
        case 500...: "server_error"
        default: "invalid_request_error"
        }
    }
}
