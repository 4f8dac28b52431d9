import Foundation
import Testing

@testable import Networks

/// The folded projections against attention as it is defined, in double precision.
struct FoldedAttentionTests {
    static let channels = 5, inner = 3, tokens = 7

    /// Multiples of 1/8 in [-1, 1], so that products of them are exact in float32.
    static func numbers(_ count: Int, seed: Int) -> [Float] {
        (0..<count).map { Float(($0 * 37 + seed * 11) % 17 - 8) / 8 }
    }

    static func linear(outputs: Int, inputs: Int, seed: Int) -> FoldedAttention.Linear {
        .init(weight: numbers(outputs * inputs, seed: seed), bias: numbers(outputs, seed: seed + 1))
    }

    static func apply(_ weight: [Float], _ bias: [Float], to x: [Double]) -> [Double] {
        bias.indices.map { o in
            Double(bias[o]) + x.indices.reduce(0.0) { $0 + Double(weight[o * x.count + $1]) * x[$1] }
        }
    }

    /// Weighted sums of the values for each query.
    static func attend(_ queries: [[Double]], _ keys: [[Double]], _ values: [[Double]]) -> [[Double]] {
        queries.map { query in
            let weights = keys.map { exp(zip(query, $0).reduce(0.0) { $0 + $1.0 * $1.1 }) }
            let total = weights.reduce(0, +)
            return values[0].indices.map { c in zip(weights, values).reduce(0.0) { $0 + $1.0 * $1.1[c] } / total }
        }
    }

    @Test func givesTheSameAnswers() {
        let (channels, inner) = (Self.channels, Self.inner)
        let query = Self.linear(outputs: inner, inputs: channels, seed: 1)
        let key = Self.linear(outputs: inner, inputs: channels, seed: 4)
        let value = Self.linear(outputs: inner, inputs: channels, seed: 7)
        let out = Self.linear(outputs: channels, inputs: inner, seed: 9)
        let pixels = (0..<Self.tokens).map { Self.numbers(channels, seed: 20 + $0).map(Double.init) }
        func projected(_ layer: FoldedAttention.Linear) -> [[Double]] {
            pixels.map { Self.apply(layer.weight, layer.bias, to: $0) }
        }
        let attended = Self.attend(projected(query), projected(key), projected(value))
        let expected = attended.map { Self.apply(out.weight, out.bias, to: $0) }

        let folded = FoldedAttention(query: query, key: key, value: value, out: out, channels: channels)
        let queries = pixels.map { Self.apply(folded.queryWeight, folded.queryBias, to: $0) }
        let result = Self.attend(queries, pixels, pixels).map { Self.apply(folded.outWeight, folded.outBias, to: $0) }
        for (ours, theirs) in zip(result.joined(), expected.joined()) { #expect(abs(ours - theirs) < 1e-12) }
        #expect(
            Set(expected.joined()).count > channels, "answers that do not differ between queries would show nothing")
    }
}
