import Foundation
import Images
import JSON
import Tensors
import Testing

@testable import Evaluation

/// Comparisons of pictures beside their references: `Tests/Fixtures/evaluation/make_pictures.py`.
@Suite struct PictureTests {
    static let golden = Result {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let path = tests.appendingPathComponent("Fixtures/evaluation/pictures.json")
        return try JSONReader().read(Array(Data(contentsOf: path)))
    }

    static func pair(_ name: String) throws -> (PixelImage, PixelImage) {
        let shape = name == "grey64" ? (64, 64, 1) : name == "grey176" ? (176, 180, 1) : (96, 83, 3)
        func picture(_ seed: Int, _ noise: Int) throws -> PixelImage {
            try HashedPicture.picture(seed, height: shape.0, width: shape.1, channels: shape.2, noise: noise)
        }
        return try (picture(1, 20), picture(2, 35))
    }

    @Test(arguments: ["grey64", "colour96x83", "grey176"])
    func agreeWithScikitImageAndPytorchMSSSIM(name: String) throws {
        let (first, second) = try Self.pair(name)
        func isClose(_ value: Double?, _ key: String, within tolerance: Double) throws -> Bool {
            let expected = try #require(Self.golden.get()[name]?[key]?.number?.double)
            return try abs(#require(value) - expected) <= tolerance * abs(expected)
        }
        #expect(try isClose(PixelError.peakSignalToNoise(first, second), "psnr", within: 1e-9))
        #expect(try isClose(StructuralSimilarity.value(first, second), "ssim", within: 1e-9))
        // Its window is made in single precision.
        #expect(try isClose(StructuralSimilarity.multiscale(first, second), "ms_ssim", within: 1e-6))
    }

    @Test func equalPicturesAreAlike() throws {
        let (picture, _) = try Self.pair("grey64")
        #expect(try PixelError.peakSignalToNoise(picture, picture) == nil)
        #expect(try abs(StructuralSimilarity.value(picture, picture) - 1) < 1e-12)
        #expect(try abs(StructuralSimilarity.multiscale(picture, picture) - 1) < 1e-12)
    }

    @Test(arguments: [(10, 0), (11, 1), (22, 2), (64, 3), (128, 4), (176, 5), (1024, 5)])
    func scalesAreAsManyAsTheWindowFits(side: Int, scales: Int) {
        #expect(StructuralSimilarity.scales(of: side) == scales)
    }

    @Test(arguments: [0.7, 1, 2, 5])
    func blursAsSciPy(sigma: Double) throws {
        let picture = try HashedPicture.picture(3, height: 12, width: 9, noise: 60)
        let key = sigma == 0.7 ? "blurred_0.7" : "blurred_\(Int(sigma))"
        let expected = try #require(Self.golden.get()[key]?.array?.map { $0.number?.double })
        #expect(try picture.blurred(sigma: sigma).samples.map { Double($0) } == expected)
    }

    @Test func noiseHasItsDeviationAndItsSeed() throws {
        let samples = [UInt16](repeating: 128, count: 100 * 100)
        let flat = try PixelImage(width: 100, height: 100, channels: 1, bitDepth: 8, samples: samples)
        let noisy = try flat.noised(share: 0.05, seed: 1, image: 0)
        let variance = noisy.samples.reduce(0) { $0 + (Double($1) - 128) * (Double($1) - 128) } / 10_000
        // 5 % of 255, and 1 / 12 of rounding.
        #expect(abs(variance.squareRoot() - 12.75) < 0.3)
        #expect(try flat.noised(share: 0.05, seed: 1, image: 0) == noisy)
        #expect(try flat.noised(share: 0.05, seed: 1, image: 1) != noisy)
        #expect(try flat.noised(share: 0.05, seed: 2, image: 0) != noisy)
        #expect(try flat.noised(share: 0, seed: 2, image: 0) == flat)
    }

    @Test func whatCannotBeComparedIsRefused() throws {
        let (first, _) = try Self.pair("grey64"), (other, _) = try Self.pair("colour96x83")
        #expect {
            try StructuralSimilarity.value(first, other)
        } throws: { "\($0)".contains("expected 64x64 of 1 channels and 8 bits, got 83x96 of 3 channels and 8 bits") }
        let small = try HashedPicture.picture(1, height: 10, width: 20, noise: 3)
        #expect(throws: EvaluationError.self) { try StructuralSimilarity.value(small, small) }
        #expect(throws: EvaluationError.self) { try small.blurred(sigma: .nan) }
        #expect(throws: EvaluationError.self) { try small.noised(share: 2, seed: 0, image: 0) }
    }

    @Test func pairsOfAVariedSetAreLessAlike() throws {
        let varied = try (0..<12).map { try HashedPicture.picture($0, height: 64, width: 64, noise: 80) }
        let alike = try (0..<12).map { try HashedPicture.picture($0, height: 64, width: 64, noise: 10) }
        let groups = (0..<12).map { "patient \($0 / 2)" }
        let scores = try PairSimilarity.scores(
            real: PictureSet(varied, groups: groups), synthetic: PictureSet(alike), seed: 1, on: Compute(threads: 2))
        #expect(scores.map(\.name) == ["ms_ssim", "ms_ssim_real"])
        #expect(try #require(scores[0].interval?.lowerBound) > #require(scores[1].interval?.upperBound))
        #expect(scores[0].warnings == ["3 scales at 64x64 pixels, where five are published"])
        let one = try PairSimilarity.scores(
            real: PictureSet(varied, groups: Array(repeating: "one", count: 12)), synthetic: PictureSet([alike[0]]),
            seed: 1, on: Compute(threads: 1))
        #expect(one.allSatisfy { $0.reason == "no two pictures of different groups" })
    }

    @Test func restoredPicturesAreComparedWithTheirOriginals() throws {
        let originals = try (0..<20).map { try HashedPicture.picture($0, height: 32, width: 32, noise: 20) }
        let restored = try originals.enumerated().map { try $1.noised(share: 0.02, seed: 1, image: $0) }
        let scores = try RestorationScores.scores(
            originals: PictureSet(originals), restored: PictureSet(restored), seed: 1, on: Compute(threads: 2))
        // 2 % of white is 34 dB.
        #expect(try abs(#require(scores[0].value) - 34) < 0.2)
        #expect(try #require(scores[0].interval).contains(#require(scores[0].value)))
        let equal = try RestorationScores.scores(
            originals: PictureSet(originals), restored: PictureSet(originals), seed: 1, on: Compute(threads: 2))
        #expect(equal[0].value == nil)
        #expect(equal[0].reason == "all pictures equal their originals")
        #expect(try abs(#require(equal[1].value) - 1) < 1e-12)
        #expect(throws: EvaluationError.self) {
            try RestorationScores.scores(
                originals: PictureSet(originals), restored: PictureSet([]), seed: 1, on: Compute(threads: 1))
        }
    }
}
