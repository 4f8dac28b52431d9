import Bytes
import Testing

@Suite struct CRC32Tests {
    /// The check value that catalogues of CRCs give for "123456789".
    @Test func isTheChecksumOfZlib() {
        let digits = Array("123456789".utf8)
        #expect(CRC32(of: digits).value == 0xCBF4_3926)
        #expect(CRC32(of: []).value == 0 && CRC32().value == 0)
        var pieces = CRC32(of: digits[..<4])
        pieces.append(digits[4...])
        #expect(pieces.value == 0xCBF4_3926)
        #expect(CRC32(of: "123456789".utf8.lazy.map { $0 }).value == 0xCBF4_3926, "a sequence without storage")
    }

    /// Bit by bit, as the standard writes it.
    @Test func agreesWithTheDefinition() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 73 &+ $0 >> 3) }
        var register: UInt32 = .max
        for byte in bytes {
            register ^= UInt32(byte)
            for _ in 0..<8 { register = register & 1 == 1 ? register >> 1 ^ 0xEDB8_8320 : register >> 1 }
        }
        #expect(CRC32(of: bytes).value == ~register)
    }
}
