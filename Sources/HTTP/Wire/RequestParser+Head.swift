// From the lines of a head to the body that it announces.
extension RequestParser {
    mutating func readRequestLine() throws(ProtocolViolation) {
        if line.isEmpty {
            // RFC 9112 section 2.2: at least one empty line before a request is ignored; some clients send two.
            emptyLines += 1
            guard emptyLines <= 4 else { throw .badRequest("\(emptyLines) empty lines before a request") }
            return
        }
        try head.readRequestLine(finishLine(), targetBytes: limits.targetBytes)
        state = .fields
    }

    /// True at the empty line.
    mutating func readHeaderLine() throws(ProtocolViolation) -> Bool {
        if line.isEmpty { return true }
        sectionBytes += line.count + 2
        try head.readField(finishLine(), limit: limits.headerCount)
        return false
    }

    mutating func finishHead() throws(ProtocolViolation) -> RequestHead {
        let finished = try head.finish()
        framing = finished.framing
        state = .headDone
        line = []
        return finished
    }

    /// True if there is no body. The limit stands in `bodyLimit` by now (RFC 9110 section 15.5.14).
    mutating func beginBody() throws(ProtocolViolation) -> Bool {
        switch framing {
        case .none: return true
        case .chunked: state = .chunkSize
        case .length(let length):
            guard length <= bodyLimit else { throw bodyTooLarge }
            state = .body(remaining: length)
        }
        return false
    }

    var bodyTooLarge: ProtocolViolation {
        ProtocolViolation(status: .contentTooLarge, detail: "a body of more than \(bodyLimit) bytes")
    }

    mutating func finishRequest() -> Event {
        self = RequestParser(limits: limits)
        return .end
    }
}
