import HTTPTypes

// The receiving half of the machine: from bytes to a request for the handler.
extension ConnectionMachine {
    /// Goes as far as the state allows: parse, hand over, finish an answer, begin the next request, close.
    mutating func advance(_ now: Instant) {
        while phase == .open {
            if finishExchangeIfDone(now) { continue }
            pullIfReady()
            guard canParse, phase == .open else { break }
            guard parseEvent(now) || endIfHalfClosed(now) else { break }
        }
        if phase == .closing, output.isEmpty { beginLingering(now) }
    }

    /// False if the parser needs more input.
    private mutating func parseEvent(_ now: Instant) -> Bool {
        if exchange == nil {
            // After a full answer only: what is unread stays in `pending` until the output is with the client.
            guard output.isEmpty else { return false }
            if parser.isBetweenRequests { times.headStart = pending.isEmpty ? nil : now }
        }
        defer { if pending.isEmpty { pending = [] } }
        switch parser.next(&pending) {
        case nil: return false
        case .head(var head)?:
            head.peer = peer
            receiveHead(head, now)
        case .body(let piece)?: receiveBody(piece, now)
        case .end?: receiveEnd(now)
        case .violation(let violation)?: refuse(violation, now)
        }
        return true
    }

    private mutating func receiveHead(_ head: RequestHead, _ now: Instant) {
        begin(head)
        times.headStart = nil
        times.bodyStart = now
        times.bodyReceived = 0
        if let response = protocolAnswer(to: head) {
            answerEarly(response, head, closing: head.method == .connect, now)
            return
        }
        switch context.handler.admit(head) {
        case .refuse(let response): answerEarly(response, head, closing: false, now)
        case .accept(let acceptance):
            exchange?.acceptance = acceptance
            parser.bodyLimit = acceptance.bodyLimit ?? configuration.limits.bodyBytes
            continueIfExpected(head, now)
        }
    }

    /// RFC 9110 section 10.1.1: 100 only to HTTP/1.1, and not once the body has begun to arrive or is known too large.
    private mutating func continueIfExpected(_ head: RequestHead, _ now: Instant) {
        guard head.version == .http11, head.fields.contains(.expect), pending.isEmpty, head.framing != .none else {
            return
        }
        if case .length(let length) = head.framing, length > parser.bodyLimit { return }
        send(ResponseEncoder.interimContinue, now)
    }

    private mutating func receiveBody(_ piece: ArraySlice<UInt8>, _ now: Instant) {
        times.bodyReceived += piece.count
        switch exchange?.input {
        case .collecting?:
            guard context.budgets.requests.take(piece.count) else {
                let detail = "the requests at hand already fill the memory set aside for their bodies"
                return refuse(ProtocolViolation(status: .serviceUnavailable, detail: detail), now)
            }
            exchange?.reserved += piece.count
            exchange?.body += piece
        case .discarding(let budget)?:
            exchange?.input = .discarding(budget: budget - piece.count)
            if budget < piece.count {
                exchange?.closes = true
                stopReading()
            }
        case .complete?, nil: break
        }
    }

    private mutating func receiveEnd(_ now: Instant) {
        times.bodyStart = nil
        let wasCollecting = exchange?.input == .collecting
        exchange?.input = .complete
        guard wasCollecting, let id = exchange?.id, let head = exchange?.head, let acceptance = exchange?.acceptance
        else { return }
        let body = exchange?.body ?? []
        exchange?.body = []
        exchange?.reserved = 0
        exchange?.output = .awaitingHandler
        actions.append(.handle(Request(head: head, body: body), acceptance, exchange: id))
        if isHalfClosed { actions.append(.disconnected) }
    }

    /// A framing error: one last answer, unless one has been given already, and the end (RFC 9112 section 2.2).
    mutating func refuse(_ violation: ProtocolViolation, _ now: Instant) {
        if exchange == nil { begin(nil) }
        if exchange?.output == .unanswered {
            answer(exchange?.acceptance?.refusal?(violation) ?? violation.response, closing: true, now)
        }
        exchange?.closes = true
        stopReading()
    }

    mutating func begin(_ head: RequestHead?) {
        exchangeCount += 1
        exchange = Exchange(id: exchangeCount, head: head, isHead: (head?.method ?? parser.method) == .head)
    }

    /// No further input is parsed; the answer, if it is still on its way, is the last one.
    mutating func stopReading() {
        exchange?.input = .complete
        times.headStart = nil
        times.bodyStart = nil
        pending = []
    }

    /// With no more input to come: a request cut short is answered 400 (RFC 9112 section 8), else that is the end.
    /// False if the client still may send.
    private mutating func endIfHalfClosed(_ now: Instant) -> Bool {
        guard isHalfClosed, pending.isEmpty, output.isEmpty || exchange != nil else { return false }
        if exchange == nil, parser.isBetweenRequests {
            close()
        } else {
            refuse(.badRequest("the connection was closed in the middle of a request"), now)
        }
        return true
    }
}

// MARK: - Answers of the HTTP layer itself

extension ConnectionMachine {
    private static let knownMethods: Set<HTTPRequest.Method> = [
        .get, .head, .post, .put, .delete, .connect, .options, .trace, .patch,
        HTTPRequest.Method("QUERY")!,  // a token; GET with a body (draft-ietf-httpbis-safe-method-w-body)
    ]

    /// What is answered without asking the handler; nil if nothing is.
    private func protocolAnswer(to head: RequestHead) -> Response? {
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
    private mutating func answerEarly(_ response: Response, _ head: RequestHead, closing: Bool, _ now: Instant) {
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
