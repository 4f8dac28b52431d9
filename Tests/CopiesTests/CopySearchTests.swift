import Foundation
import Images
import Testing

@testable import Copies

@Suite struct CopySearchTests {
    /// Made once for all of them.
    private static let made = Result { CopySearch(try DrawnPictures.index()) }
    private let search: CopySearch

    init() throws { search = try Self.made.get() }

    @Test(arguments: Disguise.allCases) func aCopyIsFoundInEveryDisguise(_ disguise: Disguise) throws {
        let threshold = try #require(search.index.calibration).threshold
        for number in stride(from: 0, to: 120, by: 7) {
            let match = try #require(try search.match(disguise.apply(DrawnPictures.picture(number))))
            #expect(match.image == number && match.score > threshold, "\(disguise) of \(number): \(match)")
        }
    }

    @Test func theVeryPixelsHaveScoreOne() throws {
        let match = try #require(try search.match(DrawnPictures.picture(3)))
        #expect(match.score > 0.98 && match.correlation > 0.999)
        // Colours and 16 bits are the same picture.
        let picture = try DrawnPictures.picture(3)
        #expect(try search.match(picture.inColour())?.image == 3)
        #expect(try search.match(picture.deepGrey()) == match)
    }

    @Test func whatIsNobodysIsFarFromAll() throws {
        let calibration = try #require(search.index.calibration)
        let scores = try (500..<560).compactMap { try search.match(DrawnPictures.picture($0))?.score }
        #expect(scores.count == 60)
        #expect(scores.count { $0 > calibration.threshold } <= 1)
        #expect(calibration.threshold < 0.6)
    }

    @Test func aPictureOfOneLevelIsNotCompared() throws {
        let flat = try PixelImage(
            width: 48, height: 48, channels: 1, bitDepth: 8, samples: [UInt16](repeating: 9, count: 48 * 48))
        #expect(try search.match(flat) == nil)
    }

    /// Any shape and size that a model makes: a line of pixels as well.
    @Test(arguments: [(1, 1), (1, 40), (40, 1), (3, 2), (200, 31), (512, 512)]) func everySizeIsTaken(
        _ width: Int, _ height: Int
    ) throws {
        let samples = (0..<width * height).map { UInt16($0 % 251) }
        let picture = try PixelImage(width: width, height: height, channels: 1, bitDepth: 8, samples: samples)
        if let match = try search.match(picture) { #expect(match.score.isFinite && match.score <= 1) }
    }

    @Test func anImageIsNotSearchedInItsOwnGroup() throws {
        let group = search.index.group(of: 3)
        let match = try #require(try search.match(DrawnPictures.picture(3), without: group))
        #expect(search.index.group(of: match.image) != group && match.score < 0.6)
    }

    /// Twenty images of one patient each, and nothing held out: the threshold is made of training images.
    @Test func smallSetsHaveAThreshold() throws {
        let index = try CopyIndex(DrawnPictures.origin(), of: DrawnPictures.images(0..<20), heldOut: .none)
        let calibration = try #require(index.calibration)
        #expect(calibration.source == .training && calibration.threshold < 0.9)
        let one = try CopyIndex(DrawnPictures.origin(), of: DrawnPictures.images(0..<1), heldOut: .none)
        #expect(one.calibration == nil, "one image has no other patient's")
        #expect(try CopySearch(one).match(DrawnPictures.picture(0))?.image == 0)
        #expect(throws: CopyError.self) {
            try CopyIndex(DrawnPictures.origin(), of: .none, heldOut: .none)
        }
    }
}

@Suite struct CopyCalibrationTests {
    /// numpy.quantile([0.1, 0.2, 0.3, 0.4], 0.995) = 0.3985
    @Test func theQuantileIsNumPys() {
        #expect(abs(CopyCalibration.quantile([0.1, 0.2, 0.3, 0.4], 0.995) - 0.3985) < 1e-6)
        #expect(CopyCalibration.quantile([0.25], 0.995) == 0.25)
    }

    /// statsmodels.stats.proportion.proportion_confint(2, 200, method="wilson") = (0.0027457, 0.0357227);
    /// (0, 50) = (0, 0.0713476)
    @Test func theIntervalIsWilsons() throws {
        let some = try #require(CopyCalibration.interval(of: 2, in: 200))
        #expect(abs(some.lowerBound - 0.0027457) < 1e-4 && abs(some.upperBound - 0.0357227) < 1e-4)
        let none = try #require(CopyCalibration.interval(of: 0, in: 50))
        #expect(none.lowerBound < 1e-12 && abs(none.upperBound - 0.0713476) < 1e-4)
        #expect(CopyCalibration.interval(of: 0, in: 0) == nil)
    }

    /// Of an exponential distribution the tail is the distribution itself: -ln(0.005) = 5.298.
    @Test func theTailOfAnExponentialIsItsOwn() {
        let scores = (1...10_000).map { place -> Float in
            Float(-log(1 - (Double(place) - 0.5) / 10_000))
        }
        #expect(abs(CopyCalibration.tailQuantile(scores) - 5.298) < 0.02)
    }

    @Test func theRankCountsScoresThatAreNearer() {
        let calibration = CopyCalibration(.heldOut, scores: [0.1, 0.3, 0.2, 0.4], checked: [0.5, 0], groups: 5)
        #expect(calibration.rank(of: 0.9) == 1)
        #expect(calibration.rank(of: 0.25) == 3)
        #expect(calibration.rank(of: -1) == 5)
    }
}
