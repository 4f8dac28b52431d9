import Foundation
import JSON
import Tensors
import Testing

@testable import Networks

/// The classifier against torch's in double precision: `Tests/Fixtures/evaluation/make_classifier.py`.
@Suite struct ConvolutionalClassifierTests {
    private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/evaluation/classifier.json").path

    private func numbers(_ value: JSONValue?) -> [Double] { (value?.array ?? []).compactMap { $0.number?.double } }

    /// The gradients of the mean cross-entropy, and the logits.
    private func gradients(_ network: ConvolutionalClassifier, threads: Int) throws -> ([Float], [[Float]]) {
        let pixels = FormulaWeights.uniform("images", 2 * 256)
        var gradients = [Float](repeating: 0, count: network.parameters.elementCount), logits: [[Float]] = []
        try network.accumulate(
            [Array(pixels[..<256]), Array(pixels[256...])], size: (16, 16), compute: Compute(threads: threads),
            into: &gradients
        ) { outputs in
            logits = outputs
            return zip(outputs, [0, 2]).map { row, label in
                let powers = row.map { exp(Double($0)) }, sum = powers.reduce(0, +)
                return powers.enumerated().map { Float(($0.element / sum - ($0.offset == label ? 1 : 0)) / 2) }
            }
        }
        return (gradients, logits)
    }

    @Test func logitsAndGradientsAreThoseOfTorch() throws {
        let golden = try JSONReader().read(Array(try Data(contentsOf: URL(fileURLWithPath: Self.golden))))
        let network = try ConvolutionalClassifier(channels: 1, classes: 3, side: 16)
        var values: [Float] = []
        for parameter in network.parameters.parameters {
            let shape = parameter.name == "head.weight" ? Array(parameter.shape.prefix(2)) : parameter.shape
            values += FormulaWeights.tensor(parameter.name, shape)
        }
        network.load(values)
        let (found, logits) = try gradients(network, threads: 2)
        let wanted = (golden["logits"]?.array ?? []).map { numbers($0) }
        for (row, expected) in zip(logits, wanted) {
            #expect(zip(row, expected).allSatisfy { abs(Double($0) - $1) < 1e-5 })
        }
        for parameter in network.parameters.parameters {
            let expected = try #require(golden["gradients"]?[parameter.name])
            let own = found[parameter.start..<parameter.start + parameter.count].map(Double.init)
            let norm = own.reduce(0) { $0 + $1 * $1 }.squareRoot(), target = try #require(expected["norm"]?.number?.double)
            #expect(abs(norm - target) < 1e-4 * target, "\(parameter.name)")
            let scale = target / Double(own.count).squareRoot()
            let ends = numbers(expected["first"]).prefix(own.count) + numbers(expected["last"]).suffix(min(2, own.count))
            let mine = own.prefix(6) + own.suffix(2)
            #expect(zip(mine, ends).allSatisfy { abs($0 - $1) < 1e-3 * scale }, "\(parameter.name)")
        }
        #expect(try gradients(network, threads: 1).0 == found)
    }
}
