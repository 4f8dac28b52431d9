import Foundation
import Images
import JSON
import Testing

@testable import Evaluation

/// What is measured of images, against other programs: `Tests/Fixtures/evaluation/make_domain.py`.
@Suite struct DomainGoldenTests {
    private static let golden = Result {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try JSONReader().read(Array(Data(contentsOf: tests.appendingPathComponent("Fixtures/evaluation/domain.json"))))
    }

    private func golden(_ name: String) throws -> JSONValue { try #require(Self.golden.get()[name]) }
    private func numbers(_ value: JSONValue?) -> [Double] { (value?.array ?? []).compactMap { $0.number?.double } }

    private func isClose(_ a: [Double], _ b: [Double], within tolerance: Double) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance }
    }

    @Test func stainsAreMacenkos() throws {
        for stain in try #require(try golden("stains").array) {
            let pixels = numbers(stain["pixels"]).map { UInt16($0) }
            let picture = try PixelImage(width: 20, height: 20, channels: 3, bitDepth: 8, samples: pixels)
            let found = try #require(StainVectors(picture))
            #expect(isClose(found.haematoxylin, numbers(stain["haematoxylin"]), within: 1e-9))
            #expect(isClose(found.eosin, numbers(stain["eosin"]), within: 1e-9))
            #expect((0.2...0.8).contains(found.eosinShare))
        }
        let glass = try PixelImage(
            width: 8, height: 8, channels: 3, bitDepth: 8, samples: [UInt16](repeating: 240, count: 192))
        #expect(StainVectors(glass) == nil)
    }

    @Test func spectraAreThoseOfNumPy() throws {
        for spectrum in try #require(try golden("spectra").array) {
            let (width, height) = (spectrum["width"]?.number?.double ?? 0, spectrum["height"]?.number?.double ?? 0)
            let plane = Plane(width: Int(width), height: Int(height), values: numbers(spectrum["pixels"]))
            #expect(isClose(RadialPowerSpectrum(plane).rings, numbers(spectrum["rings"]), within: 1e-9))
        }
    }

    /// Lengths with and without factors: the numbers are those of the sum as it is written down.
    @Test(arguments: [1, 2, 3, 4, 5, 9, 12, 15, 18, 27, 45, 49, 77, 90, 101, 105, 121, 135])
    func transformsAreThoseOfTheSum(length: Int) {
        let a = (0..<length).map { Double($0 * $0 % 17) - 8 }, b = (0..<length).map { Double($0 * 7 % 11) - 5 }
        var (real, imaginary) = (a, b)
        FourierTransform(length).run(&real, &imaginary, from: 0, step: 1)
        for k in 0..<length {
            var sum = (0.0, 0.0)
            for n in 0..<length {
                let angle = -2 * Double.pi * Double(k * n % length) / Double(length)
                sum.0 += a[n] * cos(angle) - b[n] * sin(angle)
                sum.1 += a[n] * sin(angle) + b[n] * cos(angle)
            }
            #expect(abs(real[k] - sum.0) < 1e-9 && abs(imaginary[k] - sum.1) < 1e-9)
        }
    }

    @Test func distancesAreThoseOfSciPy() throws {
        let first = numbers(try golden("first")), second = numbers(try golden("second"))
        let distance = Wasserstein(first.map { $0 }, second.map { $0 })
        let ones = ([Double](repeating: 1, count: first.count), [Double](repeating: 1, count: second.count))
        #expect(abs(distance.value(ones.0, ones.1) - (try golden("distance").number?.double ?? 0)) < 1e-12)
        let weighted = distance.value(numbers(try golden("first_weights")), numbers(try golden("second_weights")))
        #expect(abs(weighted - (try golden("weighted").number?.double ?? 0)) < 1e-12)
        let counts = try #require(try golden("histograms").array).map { numbers($0) }
        let shares = counts.map { row in row.map { $0 / row.reduce(0, +) } }
        let between = Wasserstein.ofHistograms(shares[0], shares[1])
        #expect(abs(between - (try golden("histogram_distance").number?.double ?? 0)) < 1e-9)
    }

    @Test func thresholdAndAnglesAreTheirs() throws {
        #expect(OtsuThreshold.of(numbers(try golden("otsu_pixels"))) == (try golden("otsu").number?.double))
        for angle in try #require(try golden("angles").array).map({ numbers($0) }) {
            #expect(abs(Arctangent.of(y: angle[0], x: angle[1]) - angle[2]) < 1e-15)
        }
    }
}
