import Copies
import Datasets
import Foundation
import Images
import TestSupport
import Testing
import Training

@testable import Evaluation

/// `phantom copies search` of files that have not the size of the model's images.
@Suite struct SearchedPicturesTests {
    /// The files of training themselves, of a network that has their size, that takes the middle of them, and that has
    /// fewer pixels than a thumbnail.
    @Test(arguments: [(32, 0, 0), (32, 6, 40), (16, 0, 40), (16, 6, 40)])
    func filesOfTrainingAreFound(side: Int, margin: Int, brought: Int) throws {
        let folder = try TemporaryFolder(), path = "\(folder.path)/set"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for number in 0..<40 {
            let wide = try Self.widened(CopyFindingsTests.picture(number), by: margin)
            try Data(PNGEncoder.encode(wide).bytes).write(to: URL(fileURLWithPath: "\(path)/\(number).png"))
        }
        let settings = DatasetSettings(kind: .folder, path: path)
        let (training, heldOut) = try settings.prepare(size: side, channels: 1, cache: "\(folder.path)/cache")
        let index = try CopyIndex(training: training, heldOut: heldOut) { _, _ in }
        let pictures = try SearchedPictures(folder: path, for: index)
        let search = CopySearch(index)
        var scores: [String: Float] = [:], others = 0
        for place in 0..<pictures.count {
            let (picture, isBrought) = try pictures.picture(place)
            if isBrought { others += 1 }
            scores[pictures.name(place)] = try #require(try search.match(picture)).score
        }
        #expect(scores.count == 40 && others == brought)
        for place in 0..<training.count {
            let score = try #require(scores[training.name(place)])
            #expect(score > 0.99, "\(training.name(place)): \(score)")
        }
    }

    /// A coloured picture is compared by its grey levels, whatever its size.
    @Test(arguments: [0, 6]) func coloursAreCompared(margin: Int) throws {
        let folder = try TemporaryFolder(), path = "\(folder.path)/set"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let images = IndexedImages(count: 40) { IndexedImage(try CopyFindingsTests.picture($0), group: "\($0)") }
        let origin = CopyIndex.Origin(dataset: "test", width: 32, height: 32, channels: 1)
        let index = try CopyIndex(origin, of: images)
        let grey = try Self.widened(CopyFindingsTests.picture(3), by: margin)
        let samples = grey.samples.flatMap { [$0, $0, UInt16(max(0, Int($0) - 1))] }
        let coloured = try PixelImage(
            width: grey.width, height: grey.height, channels: 3, bitDepth: 8, samples: samples)
        try Data(PNGEncoder.encode(coloured).bytes).write(to: URL(fileURLWithPath: "\(path)/a.png"))
        let picture = try SearchedPictures(folder: path, for: index).picture(0).picture
        let match = try #require(try CopySearch(index).match(picture))
        #expect(match.image == 3 && match.score > 0.9, "\(match)")
    }

    /// The picture between two black margins.
    private static func widened(_ picture: PixelImage, by margin: Int) throws -> PixelImage {
        let width = picture.width + 2 * margin, black = [UInt16](repeating: 0, count: margin)
        let samples = (0..<picture.height).flatMap { row in
            black + picture.samples[row * picture.width..<(row + 1) * picture.width] + black
        }
        return try PixelImage(width: width, height: picture.height, channels: 1, bitDepth: 8, samples: samples)
    }
}
