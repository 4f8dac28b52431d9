import TestSupport
import Testing

@testable import Tensors

/// The gradient of attention with respect to queries, keys and values side by side.
struct AttentionGradientTests {
    struct Case: Sendable, CustomStringConvertible {
        var heads = 2, headWidth = 8, batch = 1, height = 5, width = 7
        /// The largest input: at 6 most of the weights of a row are small.
        var size = 2.0

        var description: String {
            "\(heads) heads of \(headWidth), \(batch) x \(height)x\(width), inputs up to \(size)"
        }

        var projected: Planes {
            let channels = 3 * heads * headWidth, values = doubles(batch * channels * height * width, seed: 3)
            return Planes(batch, channels, height, width, values: values.map { $0 * size })
        }

        var coefficients: [Float] { ramp(batch * heads * headWidth * height * width, seed: 99) }

        func gradients(_ compute: Compute) throws -> [String: [Float]] {
            let projected = projected, attention = Attention(heads: heads, headWidth: headWidth)
            return try compute.differentiate(TestPlaces(), coefficients: coefficients) { pass, inputs in
                attention(inputs.input("projected", projected, pass), pass)
            }
        }

        func differences() -> FiniteDifferences {
            let projected = projected, coefficients = coefficients.map(Double.init)
            return FiniteDifferences(values: ["projected": projected.values]) { values, element in
                // One head of one image is all that an element reaches.
                let place = projected.place(of: element.index), head = place.channel / headWidth % heads
                return projected.with(values["projected"] ?? [])
                    .attended(image: place.image, heads: head..<head + 1, width: headWidth).loss(coefficients)
            }
        }
    }

    static let cases = [
        Case(), Case(heads: 3, batch: 3), Case(heads: 2, headWidth: 16, batch: 2, height: 9, width: 11),
        Case(heads: 4, height: 9, width: 11), Case(heads: 1, headWidth: 16, height: 1, width: 1),
        Case(heads: 1, headWidth: 32, batch: 2, height: 9, width: 11), Case(heads: 1, headWidth: 40),
        Case(heads: 2, headWidth: 20, height: 6, width: 8), Case(heads: 1, headWidth: 8, batch: 2),
        Case(heads: 1, headWidth: 24, batch: 2, height: 3, width: 5), Case(heads: 5, headWidth: 4, height: 2, width: 3),
        Case(heads: 2, headWidth: 8, height: 9, width: 11, size: 6), Case(heads: 1, headWidth: 48, size: 4),
        Case(heads: 2, headWidth: 16, height: 14, width: 14),
    ]

    @Test(arguments: cases) func equalsDifferences(test: Case) throws {
        test.differences().expect(try test.gradients(Compute(threads: 2)), test)
    }

    @Test(arguments: cases) func bitsDependOnNeitherThreadsNorTier(test: Case) throws {
        try expectSameBits(test, test.gradients)
    }

    /// A vector added to all keys adds a constant to all scores of a query, which changes nothing.
    @Test func theKeysGradientsAddUpToNothing() throws {
        let test = Case(heads: 2, headWidth: 16, height: 9, width: 11), tokens = 99
        let gradient = try #require(test.gradients(Compute(threads: 1))["projected"])
        for channel in 32..<64 {
            let row = gradient[channel * tokens..<(channel + 1) * tokens].map(Double.init)
            let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(abs(row.reduce(0, +)) < 1e-5 * norm)
        }
    }
}
