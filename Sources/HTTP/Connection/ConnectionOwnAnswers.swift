import HTTPTypes

// What HTTP answers by itself.
extension ConnectionMachine {
    private static let knownMethods: Set<HTTPRequest.Method> = [
        .get, .head, .post, .put, .delete, .connect, .options, .trace, .patch,
        HTTPRequest.Method("QUERY")!,  // a token; GET with a body (draft-ietf-httpbis-safe-method-w-body)
    ]

    /// An answer of HTTP's own to the request at hand, as the handler completes it.
    func completed(_ response: Response, insteadOf given: Response? = nil) -> Response {
        context.handler.complete(response, to: exchange?.head, insteadOf: given)
    }

    /// What is answered without asking the handler; nil if nothing is.
    func protocolAnswer(to head: RequestHead) -> Response? {
        guard ConnectionMachine.knownMethods.contains(head.method) else {
            // RFC 9110 section 15.6.2; method names are case-sensitive (section 9.1).
            return .refusal(.notImplemented, "the method \(head.method.rawValue) is not known here")
        }
        if head.method == .connect || head.method == .trace {
            let path = head.method == .connect ? "*" : head.path
            return .methodNotAllowed(head.method, allowed: context.handler.allowedMethods(for: path))
        }
        if let codings = contentCoding(head) {
            // RFC 9110 section 15.5.16: say which codings would do.
            let detail = "Content-Encoding \(Grammar.quoted(codings.utf8)) is not accepted"
            return .refusal(.unsupportedMediaType, detail, fields: [.acceptEncoding: "identity"])
        }
        if head.version == .http11, let expectation = head.fields[.expect], expectation.lowercased() != "100-continue" {
            let detail = "the only expectation met here is 100-continue, got \(Grammar.quoted(expectation.utf8))"
            return .refusal(.expectationFailed, detail)
        }
        if head.target.form == .asterisk {
            // RFC 9110 section 9.3.7: about the server as a whole.
            let allowed = context.handler.allowedMethods(for: "*").map(\.rawValue).joined(separator: ", ")
            return Response(status: .noContent, fields: [.allow: allowed])
        }
        return nil
    }

    private func contentCoding(_ head: RequestHead) -> String? {
        let codings = Grammar.listMembers(head.fields[values: .contentEncoding])
        return codings.allSatisfy { $0.lowercased() == "identity" } ? nil : codings.joined(separator: ", ")
    }

    /// An answer before the body: what little body there may be is skipped, a larger one ends the connection, and so
    /// does one that a client may or may not send after its expectation has failed (RFC 9110 section 10.1.1).
    mutating func answerEarly(_ response: Response, _ head: RequestHead, closing: Bool, _ now: Instant) {
        var mustClose = closing
        switch head.framing {
        case .none: break
        case .length(let length):
            let isLeft = head.fields.contains(.expect) || length > ConnectionMachine.discardBytes
            mustClose = mustClose || (length > 0 && isLeft)
        case .chunked: mustClose = mustClose || head.fields.contains(.expect)
        }
        exchange?.input = .discarding(budget: ConnectionMachine.discardBytes)
        parser.bodyLimit = ConnectionMachine.discardBytes
        answer(response, closing: mustClose, now)
        if mustClose { stopReading() }
    }
}
