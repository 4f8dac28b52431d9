import Testing

@testable import Bytes

@Suite struct ZipWriterTests {
    @Test func largeArchivesAreZIP64() throws {
        var zip = ZipWriter(offset: 0xFFFF_FFF0)
        var bytes = zip.begin("near", [1, 2]) + [1, 2]
        bytes += zip.begin("far", [3]) + [3]
        let end = zip.end()
        // 4.3.14: the record of the end, its locator, and the old record that points beyond itself.
        #expect(Array(end.suffix(22).prefix(4)) == [0x50, 0x4B, 0x05, 0x06])
        #expect(Array(end.suffix(6).prefix(4)) == [0xFF, 0xFF, 0xFF, 0xFF])
        #expect(Array(end.suffix(42).prefix(4)) == [0x50, 0x4B, 0x06, 0x07])
        #expect(Array(end.suffix(98).prefix(4)) == [0x50, 0x4B, 0x06, 0x06])
        var many = ZipWriter()
        for _ in 0..<65_535 { _ = many.begin("", []) }
        #expect(Array(many.end().suffix(98).prefix(4)) == [0x50, 0x4B, 0x06, 0x06])
    }
}
