import Bytes
import FoundationEssentials
import Images
import Testing

/// PngSuite and libpng's own test files against an independent decoder (Tests/Fixtures/png/make_digests.py).
@Suite struct ConformanceTests {
    @Test func `The PngSuite files that ship here decode to the pixel`() throws {
        let decoded = try Self.check(Fixtures.png)
        #expect(decoded == 27)
    }

    @Test(.enabled(if: Fixtures.sharedPNG != nil, "the full set of files is not beside this checkout"))
    func `All files decode to the pixel or are refused`() throws {
        let folder = try #require(Fixtures.sharedPNG)
        #expect(try Self.check(folder) == 199)
    }

    /// Compares every file of the list that is there.
    private static func check(_ folder: URL) throws -> Int {
        var count = 0
        for line in try Fixtures.lines("digests.tsv") {
            guard let bytes = try? Fixtures.bytes(folder.appending(path: line[0])) else { continue }
            count += 1
            if line[1] == "refused" {
                let error = #expect(throws: ImageError.self, "\(line[0]) is damaged") { try PNGDecoder.decode(bytes) }
                #expect(error?.kind == .damaged, "\(line[0])")
                continue
            }
            let image = try PNGDecoder.decode(bytes).image
            let facts = [image.width, image.height, image.channels, image.bitDepth].map(String.init)
            #expect(facts + [Self.digest(image)] == Array(line[1...]), "\(line[0])")
        }
        return count
    }

    static func digest(_ image: PixelImage) -> String {
        let bytes = image.samples.flatMap { image.bitDepth == 16 ? [UInt8($0 >> 8), UInt8($0 & 255)] : [UInt8($0)] }
        return Digest(of: bytes).hexadecimal
    }
}
