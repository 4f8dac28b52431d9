import HTTPTypes

// The sending half of the machine: from an answer to bytes, and from the last answer to the end of the connection.
extension ConnectionMachine {
    /// Puts an answer's head, and its body if it is at hand, into the output.
    mutating func answer(_ given: Response, closing: Bool = false, _ now: Instant) {
        guard var exchange else { return }
        let response = affordable(checked(given), &exchange)
        let framing = ResponseEncoder.framing(response, exchange.context)
        exchange.closes =
            exchange.closes || closing || isDraining || response.closesConnection
            || !exchange.context.isPersistent || framing == .untilClose
        let head = ResponseEncoder.head(
            response, framing: framing, context: exchange.context, closes: exchange.closes, date: context.date())
        send(head, now)
        exchange.output = .complete
        let hasBody = !exchange.context.isHead && framing != .none
        switch response.body {
        case .bytes(let bytes): if hasBody { send(bytes, now) }
        case .stream(let stream):
            if hasBody {
                exchange.output = .streaming(framing: framing, sent: 0)
                exchange.stream = stream
            } else {
                actions.append(.endStream(stream))
            }
        }
        self.exchange = exchange
    }

    /// A handler's final answer can't have an interim status (RFC 9110 section 15.2), nor one of no class.
    private mutating func checked(_ response: Response) -> Response {
        if (200...599).contains(response.status.code) { return response }
        if case .stream(let stream) = response.body { actions.append(.endStream(stream)) }
        let detail = "the status \(response.status.code) can't end a request"
        return completed(.refusal(.internalServerError, detail), insteadOf: response)
    }

    /// Answers that are counted are larger than this; a problem must be told even when nothing is left.
    static let uncountedBytes = 16_384

    /// The answer, counted, or 503 where all answers together would be too much. Whoever has changed something is told
    /// so at any rate.
    private func affordable(_ response: Response, _ exchange: inout Exchange) -> Response {
        guard case .bytes(let bytes) = response.body, bytes.count > ConnectionMachine.uncountedBytes,
            !exchange.context.isHead
        else { return response }
        if !context.budgets.answers.take(bytes.count) {
            guard exchange.head?.method != .get else {
                let detail = "the answers that clients have not taken yet already fill the memory set aside for them"
                return completed(.unavailable(detail), insteadOf: response)
            }
            context.budgets.answers.overdraw(bytes.count)
        }
        exchange.answerReserved = bytes.count
        return response
    }

    /// Asks for the next piece once the piece before is with the client (backpressure).
    mutating func pullIfReady() {
        guard let id = exchange?.id, let stream = exchange?.stream, exchange?.isPulling == false, output.isEmpty else {
            return
        }
        exchange?.isPulling = true
        actions.append(.pull(stream, exchange: id))
    }

    /// A piece of the stream that the exchange's answer consists of.
    public mutating func supply(_ piece: StreamPiece, to id: UInt64, at now: Instant) -> [Action] {
        guard phase == .open, exchange?.id == id, case .streaming(let framing, let sent)? = exchange?.output else {
            return []
        }
        exchange?.isPulling = false
        switch piece {
        case .bytes(let bytes): supplyBytes(bytes, framing, sent, now)
        case .end: finishStream(framing, sent, now)
        case .failure: close()
        }
        advance(now)
        return takeActions()
    }

    private mutating func supplyBytes(
        _ bytes: [UInt8], _ framing: ResponseEncoder.Framing, _ sent: Int, _ now: Instant
    ) {
        if case .length(let length) = framing, bytes.count > length - sent {
            close()  // more than promised would be taken for the next answer
            return
        }
        exchange?.output = .streaming(framing: framing, sent: sent + bytes.count)
        send(framing == .chunked ? ResponseEncoder.chunk(bytes) : bytes, now)
    }

    private mutating func finishStream(_ framing: ResponseEncoder.Framing, _ sent: Int, _ now: Instant) {
        if case .length(let length) = framing, sent != length {
            close()  // RFC 9112 section 8: the client sees an incomplete message
            return
        }
        if framing == .chunked { send(ResponseEncoder.lastChunk, now) }
        exchange?.output = .complete
        endStream()
    }

    /// True if the exchange was over and the next request may begin.
    mutating func finishExchangeIfDone(_ now: Instant) -> Bool {
        guard let done = exchange, done.output == .complete, output.isEmpty else { return false }
        guard done.closes || done.input == .complete else { return false }
        actions.append(.finished(exchange: done.id))
        endExchange()
        times.idleStart = now
        times.bodyStart = nil
        if done.closes || isDraining {
            pending = []
            phase = .closing
        }
        return phase == .open
    }
}
