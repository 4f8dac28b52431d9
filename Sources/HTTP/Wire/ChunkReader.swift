/// Chunk sizes and their extensions (RFC 9112 section 7.1), and the caps that keep a small body from costing much.
struct ChunkReader {
    /// Bytes of one chunk line: what Node allows its extensions.
    static let lineBytes = 16_384
    /// Bytes of all chunk lines of one body beyond what its sizes themselves need.
    private static let overheadBytes = 65_536
    /// Chunks beyond which they must hold `leastAverage` bytes on average.
    private static let freeChunks = 4_096
    /// Bytes. Programs that write line by line hold more; one byte a chunk would cost six of framing.
    private static let leastAverage = 256

    private var chunks = 0
    private var overhead = 0

    /// The size on a chunk's line; 0 is the last chunk. Extensions are checked and discarded.
    mutating func readSize(_ line: ArraySlice<UInt8>, received: Int) throws(ProtocolViolation) -> Int {
        let digits = line.prefix { Grammar.hexadecimalValue($0) != nil }
        guard !digits.isEmpty, digits.count <= 16 else {
            throw .badRequest("\(Grammar.quoted(line)) is not a chunk size in hexadecimal")
        }
        var size = 0
        for digit in digits {
            guard size <= Int.max >> 4 else {
                throw .badRequest("the chunk size \(Grammar.quoted(digits)) is too large to represent")
            }
            size = size << 4 | Int(Grammar.hexadecimalValue(digit) ?? 0)
        }
        guard ChunkReader.isExtension(line[digits.endIndex...]) else {
            throw .badRequest("\(Grammar.quoted(line)) is not a chunk size with extensions")
        }
        chunks += 1
        overhead += line.count - digits.count
        guard overhead <= ChunkReader.overheadBytes else {
            throw .badRequest("more than \(ChunkReader.overheadBytes) bytes of chunk extensions")
        }
        guard chunks <= ChunkReader.freeChunks + received / ChunkReader.leastAverage else {
            throw .badRequest("\(chunks) chunks hold only \(received) bytes")
        }
        return size
    }

    /// `*( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )` (RFC 9112 section 7.1.1).
    private static func isExtension(_ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            skipWhitespace(&rest)
            guard rest.popFirst() == UInt8(ascii: ";") else { return false }
            skipWhitespace(&rest)
            guard skipToken(&rest) else { return false }
            let afterName = rest
            skipWhitespace(&rest)
            guard rest.first == UInt8(ascii: "=") else {
                rest = afterName
                continue
            }
            rest.removeFirst()
            skipWhitespace(&rest)
            guard rest.first == UInt8(ascii: "\"") ? skipQuotedString(&rest) : skipToken(&rest) else { return false }
        }
        return true
    }

    private static func skipWhitespace(_ bytes: inout ArraySlice<UInt8>) {
        bytes = bytes.drop { $0 == Grammar.space || $0 == Grammar.tab }
    }

    private static func skipToken(_ bytes: inout ArraySlice<UInt8>) -> Bool {
        let token = bytes.prefix(while: Grammar.isTokenCharacter)
        bytes = bytes[token.endIndex...]
        return !token.isEmpty
    }

    /// quoted-string (RFC 9110 section 5.6.4); controls were refused with the line.
    private static func skipQuotedString(_ bytes: inout ArraySlice<UInt8>) -> Bool {
        bytes.removeFirst()
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "\"") { return true }
            if byte == UInt8(ascii: "\\"), bytes.popFirst() == nil { return false }
        }
        return false
    }
}
