import Bytes
import Copies
import Images
import TestSupport
import Testing

@testable import Service

@Suite struct CopyWatchTests {
    /// A file of a training set, of random pixels.
    private static func file(_ number: Int) throws -> PixelImage {
        var state = UInt64(number) &* 0x9E37_79B9_7F4A_7C15 | 1
        let samples = (0..<48 * 48).map { _ -> UInt16 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt16(state >> 56)
        }
        return try PixelImage(width: 48, height: 48, channels: 1, bitDepth: 8, samples: samples)
    }

    /// Of a model whose images have fewer pixels than a thumbnail: an image of another size escapes no more than one of
    /// its own.
    @Test func aCopyOfAnotherSizeIsWithheld() throws {
        let folder = try TemporaryFolder(), side = 16
        func brought(_ number: Int) throws -> PixelImage {
            try Self.file(number).fitted(height: side, width: side, fit: .crop, filter: .lanczos)
        }
        func images(_ first: Int) -> IndexedImages {
            IndexedImages(count: 30) { IndexedImage(try brought(first + $0), group: "\(first + $0)") }
        }
        let origin = CopyIndex.Origin(
            dataset: Digest(of: "files").hexadecimal, width: side, height: side, channels: 1)
        try CopyIndex(origin, of: images(0), heldOut: images(100)).write(model: folder.path)
        let watch = try #require(
            try CopyWatch(.withhold, model: folder.path, width: side, height: side, channels: 1))
        for number in 0..<5 {
            #expect(try watch.look(at: brought(number)).isWithheld)
            #expect(try watch.look(at: Self.file(number)).isWithheld, "\(number) in another size")
        }
    }
}
