import Bytes

/// One chunk of a PNG file: where its data lie.
struct PNGChunk: Equatable {
    let name: String
    /// Where its length field begins, in bytes from the beginning of the file.
    let offset: Int
    let data: Range<Int>

    /// Critical chunks have an upper-case first letter; a reader that does not know one can't show the picture (section
    /// 5.4).
    var isCritical: Bool { name.utf8.first.map { $0 & 0x20 == 0 } ?? false }
}

/// The chunks of a PNG file, every length, name and checksum checked, before libpng sees any of it (ISO/IEC 15948
/// section 5).
struct PNGStructure {
    let header: PNGHeader
    /// The chunks from IHDR to IEND.
    let chunks: [PNGChunk]
    /// Bytes after IEND, which mean nothing and are passed over.
    let trailingBytes: Int

    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    init(_ bytes: [UInt8], limits: PNGLimits) throws(ImageError) {
        guard bytes.starts(with: Self.signature) else {
            let start = bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: " ")
            throw ImageError(
                .notPNG, "signature", expected: "89 50 4e 47 d a 1a a", got: start.isEmpty ? "no bytes" : start,
                offset: 0)
        }
        let first = try Self.chunk(of: bytes, at: Self.signature.count)
        guard first.name == "IHDR" else {
            throw ImageError(.damaged, "first chunk", expected: "IHDR", got: first.name, offset: first.offset)
        }
        header = try PNGHeader(bytes[first.data], offset: first.data.lowerBound)
        try limits.check(header)
        var chunks = [first]
        var last = first
        while last.name != "IEND" {
            guard chunks.count < limits.chunks else {
                throw ImageError(
                    .overLimit, "chunks", expected: "at most \(limits.chunks)", got: "more",
                    offset: last.data.upperBound + 4)
            }
            last = try Self.chunk(of: bytes, at: last.data.upperBound + 4)
            try Self.checkOrder(last, after: chunks)
            chunks.append(last)
        }
        self.chunks = chunks
        trailingBytes = bytes.count - (last.data.upperBound + 4)
        try checkImageData()
    }

    func first(_ name: String) -> PNGChunk? { chunks.first { $0.name == name } }

    /// Length, name and checksum of the chunk at `offset`, each checked against what is really there.
    private static func chunk(of bytes: [UInt8], at offset: Int) throws(ImageError) -> PNGChunk {
        let left = bytes.count - offset
        guard left >= 12 else {
            throw ImageError(
                .damaged, "end of the file", expected: "a chunk of at least 12 bytes", got: "\(left) bytes",
                offset: offset)
        }
        let letters = bytes[offset + 4..<offset + 8]
        guard letters.allSatisfy({ ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A }) else {
            let got = letters.map { String($0, radix: 16) }.joined(separator: " ")
            throw ImageError(.damaged, "chunk name", expected: "four letters", got: got, offset: offset + 4)
        }
        let name = String(decoding: letters, as: UTF8.self)
        let length = Int(UInt32(bigEndianBytes: bytes[offset..<offset + 4]))
        guard length <= left - 12 else {
            throw ImageError(
                .damaged, "length of chunk \(name)", expected: "at most the \(left - 12) bytes left in the file",
                got: "\(length)",
                offset: offset)
        }
        let data = offset + 8..<offset + 8 + length
        let stored = Int(UInt32(bigEndianBytes: bytes[data.upperBound..<data.upperBound + 4]))
        let computed = Int(CRC32(of: bytes[offset + 4..<data.upperBound]).value)
        guard stored == computed else {
            throw ImageError(
                .damaged, "checksum of chunk \(name)", expected: String(computed, radix: 16),
                got: String(stored, radix: 16),
                offset: data.upperBound)
        }
        return PNGChunk(name: name, offset: offset, data: data)
    }

    private static func checkOrder(_ chunk: PNGChunk, after earlier: [PNGChunk]) throws(ImageError) {
        guard chunk.isCritical else { return }
        guard ["PLTE", "IDAT", "IEND"].contains(chunk.name) else {
            throw ImageError(
                .damaged, "critical chunk", expected: "PLTE, IDAT or IEND", got: chunk.name, offset: chunk.offset)
        }
        let follows = chunk.name == "IDAT" && earlier.last?.name == "IDAT"
        guard
            chunk.name == "IEND" || follows || !earlier.contains(where: { $0.name == "IDAT" || $0.name == chunk.name })
        else {
            throw ImageError(
                .damaged, "order of chunks",
                expected: "PLTE at most once before all IDAT, and these one after the other",
                got: "\(chunk.name) after \(earlier.last?.name ?? "")", offset: chunk.offset)
        }
    }

    /// Deflate expands at most 1032 times (258 bytes from two bits), so a small file that claims a huge picture is
    /// refused here, before memory is taken for it.
    private func checkImageData() throws(ImageError) {
        let compressed = chunks.reduce(0) { $1.name == "IDAT" ? $0 + $1.data.count : $0 }
        guard compressed > 0 else { throw ImageError(.damaged, "image data", expected: "an IDAT chunk", got: "none") }
        let least = (header.leastImageBytes + 1031) / 1032
        guard compressed >= least else {
            throw ImageError(
                .damaged, "compressed data of a \(header.width)x\(header.height) picture",
                expected: "at least \(least) bytes",
                got: "\(compressed)")
        }
    }
}
