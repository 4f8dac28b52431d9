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
            answerEarly(completed(response), head, closing: head.method == .connect, now)
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
            let worded = exchange?.acceptance?.refusal?(violation)
            answer(worded ?? completed(violation.response), closing: true, now)
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
