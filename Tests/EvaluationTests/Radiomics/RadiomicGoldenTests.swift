import Foundation
import Images
import JSON
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
}
