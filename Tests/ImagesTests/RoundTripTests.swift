import Bytes
import FoundationEssentials
import Images
import TestSupport
import Testing

@Suite struct RoundTripTests {
    static let sizes = [(1, 1), (1, 7), (7, 1), (3, 5), (64, 64), (129, 31)]

    @Test(arguments: sizes, [1, 2, 3, 4])
    func `What is written is read back`(size: (Int, Int), channels: Int) throws {
        for bitDepth in [8, 16] {
            let image = try Self.noise(size.0, size.1, channels: channels, bitDepth: bitDepth)
            let png = try PNGEncoder.encode(image)
            let decoded = try PNGDecoder.decode(png.bytes)
            #expect(decoded.image == image)
            #expect(decoded.texts == [])
        }
    }

    @Test func `Extreme samples survive`() throws {
        for (bitDepth, top) in [(8, UInt16(255)), (16, 65535)] {
            for value in [0, top, top / 2, top / 2 + 1] {
                let image = try PixelImage(
                    width: 9, height: 9, channels: 1, bitDepth: bitDepth, samples: [UInt16](repeating: value, count: 81))
                #expect(try PNGDecoder.decode(PNGEncoder.encode(image).bytes).image == image)
            }
        }
    }

    @Test func `Equal input makes equal bytes, on every thread`() async throws {
        let image = try Self.noise(64, 64, channels: 3, bitDepth: 16)
        let provenance = Provenance(recipe: #"{"seed":"7"}"#, sourceType: .trainedAlgorithmicMedia)
        let first = try PNGEncoder.encode(image, provenance: provenance)
        try await withThrowingTaskGroup(of: EncodedPNG.self) { group in
            for _ in 0..<32 { group.addTask { try PNGEncoder.encode(image, provenance: provenance) } }
            for try await other in group { #expect(other == first) }
        }
        #expect(first.sha256 == Digest(of: first.bytes).hexadecimal)
    }

    @Test func `Nothing in the file tells the time or the machine`() throws {
        let image = try Self.noise(4, 4, channels: 1, bitDepth: 8)
        let provenance = Provenance(recipe: "{}", sourceType: .trainedAlgorithmicMedia)
        let chunks = HandmadePNG(takingApart: try PNGEncoder.encode(image, provenance: provenance).bytes).chunks.map(\.name)
        #expect(chunks == ["IHDR", "tEXt", "tEXt", "iTXt", "iTXt", "IDAT", "IEND"])
    }

    @Test func `A large image is written in few chunks and small`() throws {
        let flat = try PixelImage(
            width: 1024, height: 1024, channels: 3, bitDepth: 16, samples: [UInt16](repeating: 777, count: 3 << 20))
        let png = try PNGEncoder.encode(flat)
        #expect(png.bytes.count < 40_000)  // deflate can't make it smaller than 1/1032 of 6 MiB = 6,096
        #expect(try PNGDecoder.decode(png.bytes).image == flat)
    }

    static func noise(_ width: Int, _ height: Int, channels: Int, bitDepth: Int) throws -> PixelImage {
        var random = SplitMix64(state: UInt64(width * 1000 + height))
        let top: UInt16 = bitDepth == 8 ? 255 : 65535
        let samples = (0..<width * height * channels).map { _ in UInt16.random(in: 0...top, using: &random) }
        return try PixelImage(width: width, height: height, channels: channels, bitDepth: bitDepth, samples: samples)
    }
}
