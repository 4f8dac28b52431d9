import HTTP
import HTTPTypes

/// `/` answers GET, HEAD and OPTIONS with 200 and POST with its own body.
struct Echo: Handler {
    private static let methods: [HTTPRequest.Method] = [.get, .head, .post, .options]

    func allowedMethods(for path: String) -> [HTTPRequest.Method] { Echo.methods }

    func admit(_ head: RequestHead) -> Admission {
        guard head.path == "/" else {
            return .refuse(.refusal(.notFound, "nothing is at \(head.path)"))
        }
        guard Echo.methods.contains(head.method) else {
            return .refuse(.methodNotAllowed(head.method, allowed: Echo.methods))
        }
        return .accept(Acceptance(answer: Self.answer))
    }

    @Sendable private static func answer(_ request: Request, _ responder: Responder) {
        var response: Response
        switch request.head.method {
        case .post:
            response = Response(status: .ok, body: request.body)
            response.fields[.contentType] = request.head.fields[.contentType] ?? "application/octet-stream"
        case .options:
            response = Response(status: .ok)
            response.fields[.allow] = Echo.methods.map(\.rawValue).joined(separator: ", ")
        default:
            response = Response(contentType: "text/plain; charset=utf-8", text: "phantom\n")
        }
        responder.respond(response)
    }
}
