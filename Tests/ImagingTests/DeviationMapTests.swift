import Images
import Imaging
import Testing

/// Where images differ.
@Suite struct DeviationMapTests {
    private func image(_ samples: [UInt16], channels: Int = 1, depth: Int = 8) throws -> PixelImage {
        try PixelImage(width: samples.count / channels, height: 1, channels: channels, bitDepth: depth, samples: samples)
    }

    private func map(_ images: [PixelImage]) throws -> [UInt16] {
        var map = DeviationMap(like: images[0])
        for image in images { try map.add(image) }
        return try map.image().samples
    }

    /// numpy.std of the images times 2 / 255 times 65535.
    @Test func itIsTheStandardDeviation() throws {
        let images = try [[0, 10, 255, 7], [255, 20, 255, 8], [0, 60, 255, 9]].map { try image($0) }
        #expect(try map(images) == [61787, 11104, 0, 420])
        #expect(try map(images.reversed()) == map(images))
        #expect(try map([image([0]), image([255])]) == [65535], "white is the largest deviation there can be")
        #expect(try map([image([3])]) == [0])
        #expect(try map([image([0], depth: 16), image([256], depth: 16)]) == [256])
        #expect(try map([image([0, 0, 255], channels: 3), image([255, 0, 0], channels: 3)]) == [53509])
    }

    @Test func otherImagesAreRefused() throws {
        var map = DeviationMap(like: try image([1, 2]))
        #expect(throws: ImageError.self) { try map.image() }
        #expect(throws: ImageError.self) { try map.add(image([1])) }
        #expect(throws: ImageError.self) { try map.add(image([1, 2], depth: 16)) }
        #expect(throws: ImageError.self) { try map.add(image([1, 2, 3, 4, 5, 6], channels: 3)) }
        #expect(map.count == 0)
    }
}
