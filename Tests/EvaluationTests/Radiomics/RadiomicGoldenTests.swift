import Foundation
import Images
import JSON
import Tensors
import Testing

@testable import Evaluation

/// Radiomic features against pyradiomics: `Tests/Fixtures/evaluation/make_radiomics.py`.
@Suite struct RadiomicGoldenTests {
    struct Golden: Sendable, CustomStringConvertible {
        let name: String
        let image: PixelImage
        let features: JSONObject
        var description: String { name }
    }

    static let goldens: [Golden] = (try? read()) ?? []

    private static func read() throws -> [Golden] {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: tests.appendingPathComponent("Fixtures/evaluation/radiomics.json"))
        return try #require(try JSONReader().read(Array(data)).array).map { entry in
            let digits = Array(try #require(entry["pixels"]?.string).utf8)
            let samples = try stride(from: 0, to: digits.count, by: 2).map { place in
                try #require(UInt16(String(decoding: digits[place..<place + 2], as: UTF8.self), radix: 16))
            }
            let image = try PixelImage(
                width: try #require(entry["width"]?.number?.int), height: try #require(entry["height"]?.number?.int),
                channels: 1, bitDepth: 8, samples: samples)
            return Golden(
                name: try #require(entry["name"]?.string), image: image,
                features: try #require(entry["features"]?.object))
        }
    }

    @Test func `There are twenty images`() { #expect(Self.goldens.count == 20) }

    @Test(arguments: goldens) func `All 79 features are those of pyradiomics`(golden: Golden) throws {
        let values = try RadiomicFeatures.values(of: golden.image)
        #expect(values.count == 79 && RadiomicFeatures.names == golden.features.keys)
        for (name, value) in zip(RadiomicFeatures.names, values) {
            let expected = try #require(golden.features[name]?.number?.double)
            #expect(abs(value - expected) <= 1e-9 + 1e-9 * abs(expected), "\(name): \(value), expected \(expected)")
        }
    }

    @Test func `Colours are taken as grey, and what cannot be used is refused`() throws {
        let grey = Self.goldens[9].image
        let colour = try PixelImage(
            width: grey.width, height: grey.height, channels: 3, bitDepth: 8,
            samples: grey.samples.flatMap { [$0, $0, $0] })
        #expect(try RadiomicFeatures.values(of: colour) == RadiomicFeatures.values(of: grey))
        let line = try PixelImage(width: 5, height: 1, channels: 1, bitDepth: 8, samples: [1, 2, 3, 4, 5])
        #expect(throws: EvaluationError.self) { try RadiomicFeatures.values(of: line) }
        let deep = try PixelImage(width: 2, height: 2, channels: 1, bitDepth: 16, samples: [1, 2, 3, 4])
        #expect(throws: EvaluationError.self) { try RadiomicFeatures.values(of: deep) }
    }

    /// Against NumPy's (`make_domain.py`): twelve of the images, and the eight others.
    @Test func `The distance is the logarithm of that of scaled features`() throws {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let golden = try JSONReader().read(
            Array(try Data(contentsOf: tests.appendingPathComponent("Fixtures/evaluation/domain.json"))))
        func table(_ goldens: ArraySlice<Golden>, extractor: String = "radiomics") throws -> FeatureTable {
            let values = try goldens.flatMap { golden in
                try RadiomicFeatures.names.map { Float(try #require(golden.features[$0]?.number?.double)) }
            }
            return try FeatureTable(extractor: extractor, dimension: 79, values: values)
        }
        let real = try table(Self.goldens[..<12]), made = try table(Self.goldens[12...])
        let compute = Compute(threads: 2)
        let score = try SetComparison(real: real, synthetic: made).radiomicDistance(on: compute)
        let value = try #require(score.value)
        #expect(abs(value - (golden["frd"]?.number?.double ?? 0)) < 1e-5)
        let all = try SetComparison(real: real, synthetic: made).scores(on: compute)
        let kernel = try #require(all.first { $0.name == "kernel_distance" }?.value)
        let expected = try #require(golden["radiomic_kernel"]?.number?.double)
        #expect(abs(kernel / expected - 1) < 1e-5)
        #expect(score.name == "frd-original-79" && score.interval?.contains(value) == true)
        #expect(score.warnings.contains { $0.contains("under twice") })
        #expect(try SetComparison(real: real, synthetic: real).radiomicDistance(on: compute).value.map { $0 < -10 } ?? true)
        let other = try SetComparison(
            real: table(Self.goldens[..<12], extractor: "x"), synthetic: table(Self.goldens[12...], extractor: "x"))
        let refused = try other.radiomicDistance(on: compute)
        #expect(refused.value == nil && refused.reason?.contains("not radiomics") == true)
    }
}
