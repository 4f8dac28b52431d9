import Images
import Testing

@testable import Copies

/// Copies that do not have the size of the index's images: what a model makes in another size than its own.
@Suite struct OtherSizeTests {
    /// Pixels of a side of the files that the sets were made of.
    private static let fileSide = 64

    /// The picture of a file as training brings it to the size of a model's images.
    private static func brought(_ number: Int, to side: Int) throws -> PixelImage {
        try DrawnPictures.picture(number, side: fileSide).fitted(height: side, width: side, fit: .crop, filter: .lanczos)
    }

    private static func search(side: Int) throws -> CopySearch {
        func images(_ numbers: Range<Int>) -> IndexedImages {
            IndexedImages(count: numbers.count) { place in
                let number = numbers.lowerBound + place
                return IndexedImage(try brought(number, to: side), group: "patient \(number)")
            }
        }
        return CopySearch(
            try CopyIndex(DrawnPictures.origin(side: side), of: images(0..<60), heldOut: images(10_000..<10_060)))
    }

    /// Of models whose images have fewer pixels than a thumbnail, as many, and more: the file itself, and what has its
    /// middle between two margins.
    @Test(arguments: [16, 24, 32, 48]) func aCopyOfAnotherSizeIsFound(_ side: Int) throws {
        let search = try Self.search(side: side), threshold = try #require(search.index.calibration).threshold
        for number in stride(from: 0, to: 60, by: 5) {
            let file = try DrawnPictures.picture(number, side: Self.fileSide)
            let wide = try file.extended(by: 16).cropped(x: 0, y: 16, width: Self.fileSide + 32, height: Self.fileSide)
            for picture in [file, wide] {
                let match = try #require(try search.match(ofAnySize: picture))
                #expect(match.image == number && match.score > threshold, "\(number), \(picture.width): \(match)")
            }
            let own = try Self.brought(number, to: side)
            #expect(try search.match(ofAnySize: own) == search.match(own))
        }
    }

    /// What is found as it is stays found: a picture that was enlarged smoothly has lost detail on the way back.
    @Test(arguments: [32, 48]) func anEnlargedCopyIsFound(_ side: Int) throws {
        let search = try Self.search(side: side), threshold = try #require(search.index.calibration).threshold
        for number in stride(from: 0, to: 60, by: 5) {
            for (scale, filter) in [(2, ResizingFilter.bicubic), (4, .lanczos), (8, .bilinear)] {
                let large = try Self.brought(number, to: side).resized(
                    height: side * scale, width: side * scale, filter: filter)
                let match = try #require(try search.match(ofAnySize: large))
                #expect(match.image == number && match.score > threshold, "\(number) times \(scale): \(match)")
            }
        }
    }

    /// Two searches raise hardly more alarms than the one of a picture that has the size of the index's images.
    @Test(arguments: [16, 48]) func whatIsNobodysStaysSo(_ side: Int) throws {
        let search = try Self.search(side: side), threshold = try #require(search.index.calibration).threshold
        var flagged = (file: 0, brought: 0)
        for number in 500..<540 {
            let file = try DrawnPictures.picture(number, side: Self.fileSide)
            if try search.match(ofAnySize: file)?.score ?? 0 > threshold { flagged.file += 1 }
            if try search.match(Self.brought(number, to: side))?.score ?? 0 > threshold { flagged.brought += 1 }
        }
        #expect(flagged.file <= flagged.brought + 1)
    }
}
