import HTTP

/// The duty to answer one request later: its responder, with what the router adds to every answer.
struct Answering: Sendable {
    private let responder: Responder
    private let complete: @Sendable (Response, ProblemKind?) -> Response
    private let describe: @Sendable (Problem) -> Response

    /// - Parameter describe: makes the answer of a problem.
    init(
        responder: Responder, complete: @escaping @Sendable (Response, ProblemKind?) -> Response,
        describe: @escaping @Sendable (Problem) -> Response
    ) {
        self.responder = responder
        self.describe = describe
        self.complete = complete
    }

    /// Answers; to be called once.
    func respond(_ response: Response) { responder.respond(complete(response, nil)) }

    func respond(_ problem: Problem) {
        responder.respond(complete(describe(problem), problem.kind))
    }

    /// Calls `action` once when the client goes away.
    func onDisconnect(_ action: @escaping @Sendable () -> Void) { responder.onDisconnect(action) }
}
