// How a connection ends: at once, in stages, or after the request at hand.
extension ConnectionMachine {
    /// The connection broke.
    public mutating func lost() -> [Action] {
        close()
        return takeActions()
    }

    /// Stop after the request at hand; with none at hand, now: a request whose head is not complete has not been heard,
    /// and its client, who sees the connection close without an answer, may send it elsewhere (RFC 9112 section 9.3.1).
    public mutating func drain(at now: Instant) -> [Action] {
        isDraining = true
        advance(now)
        if phase == .open, exchange == nil, output.isEmpty { close() }
        return takeActions()
    }

    /// Answers `response` unasked and closes: for a connection beyond a cap.
    public mutating func turnAway(_ response: Response, at now: Instant) -> [Action] {
        begin(nil)
        answer(completed(response), closing: true, now)
        stopReading()
        advance(now)
        return takeActions()
    }

    /// RFC 9112 section 9.6: close in stages, so that a reset does not take the last answer away from the client.
    mutating func beginLingering(_ now: Instant) {
        if isHalfClosed {
            close()
            return
        }
        phase = .lingering(until: now + configuration.timeouts.linger, budget: ConnectionMachine.lingerBytes)
        actions.append(.shutdownWrite)
    }

    mutating func close() {
        guard phase != .closed else { return }
        phase = .closed
        endStream()
        if exchange != nil { actions.append(.disconnected) }
        endExchange()
        output.removeAll()
        pending = []
        actions.append(.close)
    }

    mutating func endExchange() {
        if let exchange {
            context.budgets.requests.giveBack(exchange.reserved)
            context.budgets.answers.giveBack(exchange.answerReserved)
        }
        exchange = nil
    }

    mutating func endStream() {
        if let stream = exchange?.stream {
            exchange?.stream = nil
            actions.append(.endStream(stream))
        }
    }
}
