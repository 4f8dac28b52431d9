import TestSupport
import Testing

@testable import Tensors

/// Windows and norms over channels against their definitions.
struct PoolingTests {
    private final class Owner {}

    private func run(_ image: [Float], channels: Int, _ layer: (Activation, Pass) -> Activation) throws -> [Float] {
        let side = 5
        return try Compute(threads: 2).run(Owner(), batch: 1, height: side, width: side) { pass in
            let input = pass.activation(images: [image], channels: channels, height: side, width: side)
            let result = layer(input, pass)
            return pass.isMeasuring ? [] : result.images()[0]
        }
    }

    @Test(arguments: [
        Pooling(.max, size: 3, stride: 2), Pooling(.mean, size: 3, stride: 1, padding: 1),
        Pooling(.max, size: 3, stride: 1, padding: 1),
    ]) func windowsLeaveTheirMaximumOrMean(pooling: Pooling) throws {
        let image = ramp(3 * 25)
        let made = try run(image, channels: 3) { $0.pooled(pooling, $1) }
        var expected: [Double] = []
        for c in 0..<3 {
            for y in 0..<pooling.count(5) {
                for x in 0..<pooling.count(5) {
                    let values = pooling.window(y, of: 5).flatMap { row in
                        pooling.window(x, of: 5).map { Double(image[(c * 5 + row) * 5 + $0]) }
                    }
                    expected.append(
                        pooling.kind == .max ? values.max() ?? 0 : values.reduce(0, +) / Double(values.count))
                }
            }
        }
        #expect(distance(made, expected) < 1e-6)
    }

    @Test func normIsOverTheChannelsOfAPixel() throws {
        let channels = 20, image = ramp(channels * 25).map { $0 * 3 + 100 }
        let weight = ramp(channels, seed: 2), bias = ramp(channels, seed: 3)
        let norm = LayerNorm(weight: weight, bias: bias, epsilon: 1e-6)
        let made = try run(image, channels: channels) { norm($0, $1) }
        var expected = [Double](repeating: 0, count: made.count)
        for pixel in 0..<25 {
            let x = (0..<channels).map { Double(image[$0 * 25 + pixel]) }
            let mean = x.reduce(0, +) / Double(channels)
            let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(channels)
            for c in 0..<channels {
                expected[c * 25 + pixel] =
                    (x[c] - mean) / (variance + 1e-6).squareRoot() * Double(weight[c]) + Double(bias[c])
            }
        }
        #expect(distance(made, expected) < 1e-5)
    }
}
