import Images
import Testing

/// Grey as colours, colours as grey, and both as a network takes them.
@Suite struct PixelChannelsTests {
    private func row(_ samples: [UInt16], channels: Int, depth: Int = 8) throws -> PixelImage {
        try PixelImage(
            width: samples.count / channels, height: 1, channels: channels, bitDepth: depth, samples: samples)
    }

    @Test func greyIsFoundAndKept() throws {
        let grey = try row([3, 200], channels: 1)
        #expect(grey.firstColouredPixel == nil)
        #expect(grey.inGrey() == grey)
        #expect(try grey.inColour() == row([3, 3, 3, 200, 200, 200], channels: 3))
        #expect(grey.inColour().inGrey() == grey)
        let withAlpha = try row([3, 3, 3, 9, 200, 200, 200, 0], channels: 4)
        #expect(withAlpha.inGrey() == grey && withAlpha.inColour() == grey.inColour())
        #expect(try row([3, 0, 200, 255], channels: 2).inGrey() == grey)
    }

    @Test(arguments: [0, 1, 2]) func aColourIsFoundByItsPlace(_ channel: Int) throws {
        var samples = [UInt16](repeating: 5, count: 3 * 4 * 2)
        samples[3 * 6 + channel] = 6
        let image = try PixelImage(width: 4, height: 2, channels: 3, bitDepth: 8, samples: samples)
        let place = try #require(image.firstColouredPixel)
        #expect(place == (2, 1))
        #expect(image.inGrey() == nil && image.inColour() == image)
    }

    @Test func opacityIsLookedAtInEveryPixel() throws {
        #expect(try row([1, 2], channels: 1).isOpaque && row([1, 2, 3], channels: 3).isOpaque)
        #expect(try row([0, 255, 0, 255], channels: 2).isOpaque && row([0, 0, 0, 65535], channels: 4, depth: 16).isOpaque)
        #expect(try !row([0, 255, 0, 254], channels: 2).isOpaque && !row([0, 0, 0, 255], channels: 4, depth: 16).isOpaque)
    }

    @Test func samplesAreMappedWithinTheirDepth() throws {
        #expect(try row([0, 7], channels: 1).mapSamples { 255 - $0 } == row([255, 248], channels: 1))
        #expect(throws: ImageError.self) { try row([0, 7], channels: 1).mapSamples { $0 + 255 } }
    }

    /// The ends of the range are black and white; planes go back to the picture they came from.
    @Test(arguments: [8, 16]) func planesAreTheNumbersOfANetwork(_ depth: Int) throws {
        let top: UInt16 = depth == 8 ? 255 : 65535
        let image = try row([0, top, top / 5, 1, 2, top], channels: 3, depth: depth)
        let planes = image.planes(in: -1...1)
        #expect(planes.count == 6 && planes[0] == -1 && planes[2] == 1 && planes[5] == 1)
        #expect(planes[1] == Float(-1 + 2 / Double(top)), "channels come one after the other")
        #expect(image.planes(in: 0...1)[4] == Float(0.2))
        #expect(try PixelImage(planes: planes, width: 2, height: 1, channels: 3, bitDepth: depth) == image)
    }
}
