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

    enum State {
        case requestLine, fields, headDone
        case body(remaining: Int)
        case chunkSize, chunkData(remaining: Int), chunkEnd, trailers
        case failed
    }

    let limits: ServerConfiguration.Limits
    var state = State.requestLine
    var line: [UInt8] = []
    var sawCarriageReturn = false
    var head = HeadReader()
    var framing = BodyFraming.none
    var sectionBytes = 0
    var trailerCount = 0
    var emptyLines = 0
    var chunks = ChunkReader()
    var bodyCount = 0

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

    mutating func finishLine() -> ArraySlice<UInt8> {
        defer { line.removeAll(keepingCapacity: true) }
        return line[...]
    }
}
