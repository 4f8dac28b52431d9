import Foundation
import Images
import Locking
import Tensors
import TestSupport
import Testing

@testable import Evaluation

/// Mean and largest sample of an image; counts the images it was asked about.
private final class PlainExtractor: FeatureExtractor {
    let name = "plain"
    let dimension = 2
    let preprocessing = "none"
    let identity: String
    let asked = Lock<Int>(0)

    init(_ identity: String = "plain 1") { self.identity = identity }

    func rows(of images: [PixelImage], compute: Compute) throws -> [FeatureRow] {
        asked.withLock { $0 += images.count }
        return images.map { image in
            let sum = image.samples.reduce(0) { $0 + Float($1) }
            return FeatureRow(features: [sum / Float(image.samples.count), Float(image.samples.max() ?? 0)])
        }
    }
}

@Suite struct FeatureMakingTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try Fixtures.folder("\(folder.path)/set")
    }

    private func set(_ role: ImageSet.Role = .real) throws -> ImageSet {
        let source = try ImageSource(path: "\(folder.path)/set", role: role)
        return ImageSet(source, role: role, shape: try source.firstShape())
    }

    private func make(_ extractor: PlainExtractor) throws -> SetFeatures {
        try FeatureMaking(extractor, cache: FeatureCache(folder: "\(folder.path)/kept/features"), threads: 1)
            .features(of: set())
    }

    @Test func featuresAreKeptByExtractorAndPixels() throws {
        let extractor = PlainExtractor(), first = try make(extractor)
        #expect(first.table.count == 6 && first.table.groups == ["0", "0", "1", "1", "2", "2"])
        let again = try make(extractor)
        #expect(extractor.asked.withLock { $0 } == 6)
        #expect(try again.table.values(0..<6) == first.table.values(0..<6) && again.digest == first.digest)
        let other = PlainExtractor("plain 2")
        _ = try make(other)
        #expect(other.asked.withLock { $0 } == 6)
        // Another image in the place of one.
        try Data(PNGEncoder.encode(Fixtures.picture(77)).bytes).write(
            to: URL(fileURLWithPath: "\(folder.path)/set/3.png"))
        #expect(try make(extractor).digest != first.digest)
        #expect(extractor.asked.withLock { $0 } == 12)
    }

    @Test func aDamagedFileIsMadeAnew() throws {
        let extractor = PlainExtractor(), first = try make(extractor)
        let kept = "\(folder.path)/kept/features"
        let name = try #require(FileManager.default.contentsOfDirectory(atPath: kept).first)
        try Data("no features".utf8).write(to: URL(fileURLWithPath: "\(kept)/\(name)"))
        #expect(try make(extractor).table.values(0..<6) == first.table.values(0..<6))
        #expect(extractor.asked.withLock { $0 } == 12)
    }

    @Test func ofALargeSetTheKeptFilesAreTheFeatures() throws {
        let held = try make(PlainExtractor())
        var making = try FeatureMaking(
            PlainExtractor(), cache: FeatureCache(folder: "\(folder.path)/large"), threads: 1)
        making.mostInMemory = 0
        let made = try making.features(of: set())
        #expect(try made.table.values(0..<6) == held.table.values(0..<6))
        #expect(made.table.groups == held.table.groups && made.digest == held.digest)
    }

    @Test func progressCountsImages() throws {
        var seen: [Int] = []
        _ = try FeatureMaking(PlainExtractor(), cache: FeatureCache(folder: nil), threads: 1)
            .features(of: set()) { done, total in
                #expect(total == 6)
                seen.append(done)
            }
        #expect(seen.last == 6)
    }
}
