import FoundationEssentials
import Images
import Testing

/// Files of the encoder that another program has read and found right (Tests/Fixtures/png/check_written.py), against the
/// encoder as it is now. `PHANTOM_WRITE_FIXTURES=1` writes them anew; run that script then.
@Suite struct WrittenFilesTests {
    static let cases = [(1, 8), (1, 16), (2, 8), (2, 16), (3, 8), (3, 16), (4, 8), (4, 16)]

    @Test(arguments: cases) func `The encoder still writes what Pillow has read`(channels: Int, bitDepth: Int) throws {
        let file = Fixtures.png.appending(path: "written/channels\(channels)-bits\(bitDepth).png")
        let image = try Self.image(channels: channels, bitDepth: bitDepth)
        let png = try PNGEncoder.encode(image, provenance: Self.provenance)
        if ProcessInfo.processInfo.environment["PHANTOM_WRITE_FIXTURES"] == "1" { try Data(png.bytes).write(to: file) }
        let read = try Fixtures.bytes(file)
        #expect(try PNGDecoder.decode(read).image == image)
        // Another zlib may compress the pixels otherwise; all else is the same to the byte.
        let (now, then) = (HandmadePNG(takingApart: png.bytes).chunks, HandmadePNG(takingApart: read).chunks)
        #expect(now.map(\.name) == then.map(\.name))
        for (new, old) in zip(now, then) where new.name != "IDAT" { #expect(new.data == old.data, "\(new.name)") }
    }

    /// Provenance with what is hard to carry: marks of XML, all planes of Unicode, a control character.
    static let provenance = Provenance(
        recipe: #"{"seed":"18446744073709551615","condition":{"Befund":"Ödem <&> 肺 🫁"}}"#,
        sourceType: .trainedAlgorithmicMedia, software: "Phantom <test> & \u{1}", description: "Synthetisch ]]> 肺水腫\r\n")

    /// 13 x 11; sample i, in order of rows, pixels, channels, is (7919 i^2 + 31 i) modulo 2^bitDepth.
    static func image(channels: Int, bitDepth: Int) throws -> PixelImage {
        let samples = (0..<13 * 11 * channels).map { (i: Int) -> UInt16 in
            let value: Int = 7919 * i * i + 31 * i
            return UInt16(value % (1 << bitDepth))
        }
        return try PixelImage(width: 13, height: 11, channels: channels, bitDepth: bitDepth, samples: samples)
    }
}
