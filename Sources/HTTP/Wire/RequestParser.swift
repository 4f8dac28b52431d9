import HTTPTypes

/// An incremental HTTP/1.1 request parser (RFC 9112): bytes in, events out, no input or output of its own.
///
/// It looks at each byte once, keeps only the unfinished line, and gives the same events however its input is cut
/// (body pieces apart). After a violation it stays failed.
public struct RequestParser: Sendable {
    /// What the parser has read.
    public enum Event: Sendable, Equatable {
        case head(RequestHead)
        /// A piece of the body, transfer coding removed.
        case body(ArraySlice<UInt8>)
        /// The request is complete; the next one may follow.
        case end
        case violation(ProtocolViolation)
    }

    private enum State {
        case requestLine, fields, headDone
        case body(remaining: Int)
        case chunkSize, chunkData(remaining: Int), chunkEnd, trailers
        case failed
    }

    private let limits: ServerConfiguration.Limits
    private var state = State.requestLine
    private var line: [UInt8] = []
    private var sawCarriageReturn = false
    private var head = HeadReader()
    private var framing = BodyFraming.none
    private var sectionBytes = 0
    private var trailerCount = 0
    private var emptyLines = 0
    private var chunks = ChunkReader()
    private var bodyCount = 0

    /// The largest body; set after `.head` to what the route allows.
    public var bodyLimit: Int

    /// A parser at the beginning of a connection.
    public init(limits: ServerConfiguration.Limits) {
        self.limits = limits
        bodyLimit = limits.bodyBytes
    }

    /// No byte of a request has been seen since the last one ended.
    public var isBetweenRequests: Bool {
        if case .requestLine = state { return line.isEmpty && !sawCarriageReturn && emptyLines == 0 }
        return false
    }

    /// The method of the request at hand, as soon as its first line has been read.
    public var method: HTTPRequest.Method? { head.method }

    /// Takes bytes from the front of `input` up to the next event; nil if it took them all and needs more.
    public mutating func next(_ input: inout ArraySlice<UInt8>) -> Event? {
        do throws(ProtocolViolation) {
            return try step(&input)
        } catch {
            state = .failed
            line = []
            return .violation(error)
        }
    }

    private mutating func step(_ input: inout ArraySlice<UInt8>) throws(ProtocolViolation) -> Event? {
        while true {
            switch state {
            case .requestLine:
                guard try takeLine(&input) else { return nil }
                try readRequestLine()
            case .fields:
                guard try takeLine(&input) else { return nil }
                if try readHeaderLine() { return .head(try finishHead()) }
            case .headDone:
                if try beginBody() { return finishRequest() }
            case .body(let remaining):
                if remaining == 0 { return finishRequest() }
                guard let piece = take(&input, remaining) else { return nil }
                state = .body(remaining: remaining - piece.count)
                return .body(piece)
            case .chunkSize:
                guard try takeLine(&input) else { return nil }
                try beginChunk()
            case .chunkData(let remaining):
                guard let piece = take(&input, remaining) else { return nil }
                state = remaining == piece.count ? .chunkEnd : .chunkData(remaining: remaining - piece.count)
                return .body(piece)
            case .chunkEnd:
                guard try takeChunkEnd(&input) else { return nil }
            case .trailers:
                guard try takeLine(&input) else { return nil }
                if try readTrailerLine() { return finishRequest() }
            case .failed:
                return nil
            }
        }
    }

    private func take(_ input: inout ArraySlice<UInt8>, _ count: Int) -> ArraySlice<UInt8>? {
        let piece = input.prefix(count)
        input = input[piece.endIndex...]
        return piece.isEmpty ? nil : piece
    }
}

// MARK: - Lines

extension RequestParser {
    /// Moves bytes into `line` until CRLF. Bare CR, bare LF and controls are refused at once (RFC 9112 section 2.2,
    /// RFC 9110 section 5.5), so that a client that sends them and waits gets its answer.
    private mutating func takeLine(_ input: inout ArraySlice<UInt8>) throws(ProtocolViolation) -> Bool {
        while let byte = input.popFirst() {
            if sawCarriageReturn {
                guard byte == Grammar.lineFeed else { throw .badRequest("CR without LF") }
                sawCarriageReturn = false
                return true
            }
            if byte == Grammar.carriageReturn {
                sawCarriageReturn = true
            } else if byte == Grammar.lineFeed {
                throw .badRequest("LF without CR")
            } else if Grammar.isForbiddenControl(byte) {
                throw .badRequest("the control byte \(byte)")
            } else {
                line.append(byte)
                try checkLineLength()
            }
        }
        return false
    }

    private func checkLineLength() throws(ProtocolViolation) {
        switch state {
        case .requestLine: try checkRequestLineLength()
        case .fields, .trailers:
            guard sectionBytes + line.count + 2 <= limits.headerBytes else { throw sectionTooLarge }
        default:
            guard line.count <= ChunkReader.lineBytes else {
                throw .badRequest("a chunk size line of more than \(ChunkReader.lineBytes) bytes")
            }
        }
    }

    private func checkRequestLineLength() throws(ProtocolViolation) {
        if line.count == HeadReader.methodBytes + 1, !line.contains(Grammar.space) {
            throw .badRequest("a method of more than \(HeadReader.methodBytes) bytes")
        }
        // Method, target and version with their spaces can't be longer; RFC 9112 section 3: then it is 414.
        guard line.count <= HeadReader.methodBytes + limits.targetBytes + "  HTTP/1.1".utf8.count else {
            throw ProtocolViolation(
                status: .uriTooLong, detail: "a request target of more than \(limits.targetBytes) bytes")
        }
    }

    private var sectionTooLarge: ProtocolViolation {
        ProtocolViolation(
            status: .requestHeaderFieldsTooLarge, detail: "a field section of more than \(limits.headerBytes) bytes")
    }

    private mutating func finishLine() -> ArraySlice<UInt8> {
        defer { line.removeAll(keepingCapacity: true) }
        return line[...]
    }
}

// MARK: - Head

extension RequestParser {
    private mutating func readRequestLine() throws(ProtocolViolation) {
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
    private mutating func readHeaderLine() throws(ProtocolViolation) -> Bool {
        if line.isEmpty { return true }
        sectionBytes += line.count + 2
        try head.readField(finishLine(), limit: limits.headerCount)
        return false
    }

    private mutating func finishHead() throws(ProtocolViolation) -> RequestHead {
        let finished = try head.finish()
        framing = finished.framing
        state = .headDone
        line = []
        return finished
    }

    /// True if there is no body. The limit stands in `bodyLimit` by now (RFC 9110 section 15.5.14).
    private mutating func beginBody() throws(ProtocolViolation) -> Bool {
        switch framing {
        case .none: return true
        case .chunked: state = .chunkSize
        case .length(let length):
            guard length <= bodyLimit else { throw bodyTooLarge }
            state = .body(remaining: length)
        }
        return false
    }

    private var bodyTooLarge: ProtocolViolation {
        ProtocolViolation(status: .contentTooLarge, detail: "a body of more than \(bodyLimit) bytes")
    }

    private mutating func finishRequest() -> Event {
        self = RequestParser(limits: limits)
        return .end
    }
}

// MARK: - Chunks

extension RequestParser {
    private mutating func beginChunk() throws(ProtocolViolation) {
        let size = try chunks.readSize(finishLine(), received: bodyCount)
        if size == 0 {
            sectionBytes = 0
            state = .trailers
            return
        }
        guard size <= bodyLimit - bodyCount else { throw bodyTooLarge }
        bodyCount += size
        state = .chunkData(remaining: size)
    }

    /// RFC 9112 section 7.1: chunk data ends with CRLF, whatever the data are.
    private mutating func takeChunkEnd(_ input: inout ArraySlice<UInt8>) throws(ProtocolViolation) -> Bool {
        while let byte = input.popFirst() {
            guard byte == (sawCarriageReturn ? Grammar.lineFeed : Grammar.carriageReturn) else {
                throw .badRequest("chunk data is not followed by CRLF")
            }
            if sawCarriageReturn {
                sawCarriageReturn = false
                state = .chunkSize
                return true
            }
            sawCarriageReturn = true
        }
        return false
    }

    /// Trailers must be well-formed but are discarded: they never become header fields (RFC 9110 section 6.5.1).
    private mutating func readTrailerLine() throws(ProtocolViolation) -> Bool {
        if line.isEmpty { return true }
        sectionBytes += line.count + 2
        trailerCount += 1
        guard trailerCount <= limits.headerCount else {
            throw ProtocolViolation(
                status: .requestHeaderFieldsTooLarge, detail: "more than \(limits.headerCount) trailer fields")
        }
        _ = try HeadReader.field(finishLine())
        return false
    }
}
