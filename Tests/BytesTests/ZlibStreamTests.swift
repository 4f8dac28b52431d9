import Bytes
import Testing

struct ZlibStreamTests {
    /// Python: zlib.compress(b"phantom" * 300)
    private static let stream: [UInt8] = [
        120, 156, 43, 200, 72, 204, 43, 201, 207, 45, 24, 165, 70, 169, 81, 106, 148, 26, 165, 70,
        169, 81, 106, 148, 194, 71, 1, 0, 164, 116, 121, 162,
    ]

    @Test func `Counts what a stream unpacks to, past its end too`() {
        #expect(ZlibStream.length(Self.stream[...], limit: 2100) == 2100)
        #expect(ZlibStream.length((Self.stream + [1, 2, 3])[...], limit: 1 << 20) == 2100)
    }

    @Test func `Refuses more than the limit, damage, and streams cut off`() {
        #expect(ZlibStream.length(Self.stream[...], limit: 2099) == nil)
        #expect(ZlibStream.length([], limit: 10) == nil)
        for length in 0..<Self.stream.count { #expect(ZlibStream.length(Self.stream.prefix(length), limit: 4000) == nil) }
        for place in Self.stream.indices {
            var bytes = Self.stream
            bytes[place] ^= 0xFF
            #expect(ZlibStream.length(bytes[...], limit: 4000) == nil, "byte \(place)")
        }
    }
}
