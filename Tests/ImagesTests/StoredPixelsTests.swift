import Bytes
import Images
import Testing

/// Pixels as jobs keep them and recipes name them.
@Suite struct StoredPixelsTests {
    private func image(_ width: Int, _ height: Int, channels: Int, depth: Int) throws -> PixelImage {
        let samples = (0..<width * height * channels).map { UInt16($0 * 7919 % (depth == 8 ? 256 : 65536)) }
        return try PixelImage(width: width, height: height, channels: channels, bitDepth: depth, samples: samples)
    }

    @Test(arguments: [8, 16], [1, 3]) func pixelsReadBack(_ depth: Int, _ channels: Int) throws {
        let image = try image(5, 3, channels: channels, depth: depth)
        #expect(try PixelImage(storedBytes: image.storedBytes) == image)
        #expect(image.storedBytes.count == 14 + 15 * channels * depth / 8)
        for length in 0..<image.storedBytes.count {
            #expect(throws: ImageError.self) { try PixelImage(storedBytes: Array(image.storedBytes[..<length])) }
        }
    }

    /// Recipes in the world name pixels by this digest: printf 'PHPX\0\0\0\1\0\0\0\2\1\20\1\2\377\376' | sha256sum
    @Test func theDigestIsFixed() throws {
        let two = try PixelImage(width: 1, height: 2, channels: 1, bitDepth: 16, samples: [0x0102, 0xFFFE])
        #expect(two.digest.hexadecimal == "28e00cd59f79fdda79a55d29477595cf394c632377127ffc7f34f16cfc02d6f1")
        #expect(two.digest == Digest(of: two.storedBytes))
    }

    @Test func bytesOfNoPictureAreRefused() throws {
        let one = try PixelImage(width: 1, height: 1, channels: 1, bitDepth: 8, samples: [7])
        // Magic, width, channels, depth.
        for (place, value) in [(0, 0x51), (7, 0), (12, 0), (12, 5), (13, 4), (13, 16)] as [(Int, UInt8)] {
            var bytes = one.storedBytes
            bytes[place] = value
            #expect(throws: ImageError.self, "byte \(place)") { try PixelImage(storedBytes: bytes) }
        }
    }
}
