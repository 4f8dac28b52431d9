/// PNG files made by hand, chunk by chunk, so that tests can damage them in one place and keep the rest sound.
struct HandmadePNG {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    var chunks: [(name: String, data: [UInt8])]

    var bytes: [UInt8] { Self.signature + chunks.flatMap { Self.chunk($0.name, $0.data) } }

    /// A sound file of the given raw rows (filter byte first), uncompressed.
    init(width: UInt32, height: UInt32, depth: UInt8, colour: UInt8, interlace: UInt8 = 0, raw: [UInt8]) {
        chunks = [
            ("IHDR", Self.header(width, height, depth, colour, interlace)),
            ("IDAT", Self.zlib(raw)),
            ("IEND", []),
        ]
    }

    /// Takes a file apart; its checksums are made anew by `bytes`. The file must be sound.
    init(takingApart file: [UInt8]) {
        chunks = []
        var at = 8
        while at + 12 <= file.count {
            let length = file[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
            chunks.append((String(decoding: file[at + 4..<at + 8], as: UTF8.self), Array(file[at + 8..<at + 8 + length])))
            at += 12 + length
        }
    }

    static func header(_ width: UInt32, _ height: UInt32, _ depth: UInt8, _ colour: UInt8, _ interlace: UInt8 = 0) -> [UInt8] {
        bigEndian(width) + bigEndian(height) + [depth, colour, 0, 0, interlace]
    }

    static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + data
        return bigEndian(UInt32(data.count)) + body + bigEndian(crc(body))
    }

    /// RFC 1950 and 1951: one stored block.
    static func zlib(_ data: [UInt8]) -> [UInt8] {
        precondition(data.count < 65536)
        let count = UInt16(data.count)
        let lengths = [count, ~count].flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        return [0x78, 0x01, 0x01] + lengths + data + bigEndian(adler(data))
    }

    static func bigEndian(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
    }

    private static func adler(_ data: [UInt8]) -> UInt32 {
        var (a, b) = (UInt32(1), UInt32(0))
        for byte in data {
            a = (a + UInt32(byte)) % 65521
            b = (b + a) % 65521
        }
        return b << 16 | a
    }

    private static func crc(_ data: [UInt8]) -> UInt32 {
        var crc = ~UInt32(0)
        for byte in data {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }
}
