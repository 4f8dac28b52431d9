import HTTP

/// The duty to answer one request later: its responder, with what the router adds to every answer.
struct Answering: Sendable {
    private let responder: Responder
    private let complete: @Sendable (Response) -> Response
    private let path: String

    init(responder: Responder, path: String, complete: @escaping @Sendable (Response) -> Response) {
        self.responder = responder
        self.path = path
        self.complete = complete
    }

    /// Answers; to be called once.
    func respond(_ response: Response) { responder.respond(complete(response)) }

    func respond(_ problem: Problem) { respond(Response.problem(problem, instance: path)) }

    /// Calls `action` once when the client goes away.
    func onDisconnect(_ action: @escaping @Sendable () -> Void) { responder.onDisconnect(action) }
}
