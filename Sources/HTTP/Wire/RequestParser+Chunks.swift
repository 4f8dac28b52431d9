// A body in chunks, and the trailers behind it (RFC 9112 section 7.1).
extension RequestParser {
    mutating func beginChunk() throws(ProtocolViolation) {
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
    mutating func takeChunkEnd(_ input: inout ArraySlice<UInt8>) throws(ProtocolViolation) -> Bool {
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
    mutating func readTrailerLine() throws(ProtocolViolation) -> Bool {
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
