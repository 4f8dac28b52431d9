import Glibc
import Tensors
import TestSupport
import Testing

struct GroupNormTests {
    /// Norms are fed by activations a convolution wrote, since that is where their statistics are gathered.
    static func normed(_ compute: Compute, batch: Int, offset: Float) -> (input: [[Float]], output: [[Float]]) {
        let channels = 24, height = 6, width = 5
        var identity = [Float](repeating: 0, count: channels * channels)
        for c in 0..<channels { identity[c * channels + c] = 1 }
        let copy = Convolution(
            ConvolutionShape(sources: [channels], outputs: channels), weight: identity,
            bias: [Float](repeating: offset, count: channels))
        let norm = GroupNorm(groups: 4, epsilon: 1e-5, weight: ramp(channels, seed: 3), bias: ramp(channels, seed: 4))
        let images = (0..<batch).map { ramp(channels * height * width, seed: UInt64(20 + $0)) }
        let output = run(compute, batch: batch, height: height, width: width) { pass in
            let x = pass.activation(images: images, channels: channels, height: height, width: width)
            let y = copy(.init([x]), .init(moments: true), pass)
            return y.normed(norm([y], pass), .identity, pass)
        }
        return (images.map { $0.map { $0 + offset } }, output)
    }

    @Test(arguments: [Float(0), 300]) func equalsItsDefinition(offset: Float) {
        let (input, output) = Self.normed(Compute(threads: 2), batch: 2, offset: offset)
        let weight = ramp(24, seed: 3), bias = ramp(24, seed: 4), pixels = 30
        for n in 0..<2 {
            for group in 0..<4 {
                let values = input[n][group * 6 * pixels..<(group + 1) * 6 * pixels].map(Double.init)
                let mean = values.reduce(0, +) / Double(values.count)
                let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
                let exact = values.enumerated().map { index, x in
                    let c = group * 6 + index / pixels
                    return (x - mean) / (variance + 1e-5).squareRoot() * Double(weight[c]) + Double(bias[c])
                }
                let error = distance(Array(output[n][group * 6 * pixels..<(group + 1) * 6 * pixels]), exact)
                #expect(error < (offset == 0 ? 1e-6 : 3e-4))  // float32 holds 300 to 3e-5
            }
        }
    }

    @Test func bitsDependOnNeitherBatchThreadsNorTier() {
        let alone = Self.normed(Compute(threads: 1), batch: 1, offset: 0).output[0]
        for tier in KernelTier.available {
            #expect(Self.normed(Compute(threads: 2, tier: tier), batch: 3, offset: 0).output[0] == alone)
        }
    }
}

struct AttentionTests {
    struct Case: Sendable {
        var heads: Int, width: Int, height: Int, columns: Int
        /// Largest input; at 40 most of a row's weights underflow.
        var size: Float = 3
    }

    static let cases = [
        Case(heads: 4, width: 8, height: 8, columns: 8), Case(heads: 1, width: 32, height: 7, columns: 7),
        Case(heads: 3, width: 20, height: 1, columns: 1), Case(heads: 2, width: 16, height: 12, columns: 20),
        Case(heads: 2, width: 8, height: 7, columns: 13), Case(heads: 1, width: 8, height: 1, columns: 1),
        Case(heads: 1, width: 16, height: 5, columns: 5), Case(heads: 2, width: 8, height: 6, columns: 12, size: 40),
        Case(heads: 2, width: 40, height: 6, columns: 8),
        // Some queries' scores are known to be small, others' are not.
        Case(heads: 2, width: 8, height: 12, columns: 12, size: 4.8),
        Case(heads: 1, width: 16, height: 12, columns: 12, size: 4.2),
    ]

    static func attend(_ c: Case, batch: Int, _ compute: Compute) -> [[Float]] {
        let inner = c.heads * c.width
        let images = (0..<batch).map {
            ramp(3 * inner * c.height * c.columns, seed: UInt64(5 + $0)).map { $0 * c.size }
        }
        return run(compute, batch: batch, height: c.height, width: c.columns) { pass in
            let x = pass.activation(images: images, channels: 3 * inner, height: c.height, width: c.columns)
            return Attention(heads: c.heads, headWidth: c.width)(x, pass)
        }
    }

    static func naive(_ c: Case, image: Int) -> [Double] {
        let inner = c.heads * c.width, tokens = c.height * c.columns
        let x = ramp(3 * inner * tokens, seed: UInt64(5 + image)).map { Double($0 * c.size) }
        var result = [Double](repeating: 0, count: inner * tokens)
        for head in 0..<c.heads {
            for t in 0..<tokens {
                let scores = (0..<tokens).map { s in
                    let products = (0..<c.width).map { d in
                        x[(head * c.width + d) * tokens + t] * x[(inner + head * c.width + d) * tokens + s]
                    }
                    return products.reduce(0, +) / Double(c.width).squareRoot()
                }
                let peak = scores.max() ?? 0, weights = scores.map { exp($0 - peak) }, total = weights.reduce(0, +)
                for d in 0..<c.width {
                    let row = (2 * inner + head * c.width + d) * tokens
                    let sum = (0..<tokens).reduce(0.0) { $0 + weights[$1] * x[row + $1] }
                    result[(head * c.width + d) * tokens + t] = sum / total
                }
            }
        }
        return result
    }

    @Test(arguments: cases.indices) func equalsItsDefinition(index: Int) {
        let result = Self.attend(Self.cases[index], batch: 2, Compute(threads: 2))
        // Scores of size s^2 carry a rounding error in proportion, and their exponentials with them.
        let bound = 8e-6 * Double(max(1, Self.cases[index].size * Self.cases[index].size / 9))
        for n in 0..<2 { #expect(distance(result[n], Self.naive(Self.cases[index], image: n)) < bound) }
    }

    /// For each 16 queries of a narrow head: the bound by which the kernel decides whether to take scores as they are,
    /// up to 64.
    static func bounds(_ c: Case) -> [Float] {
        let inner = c.heads * c.width, tokens = c.height * c.columns
        let x = ramp(3 * inner * tokens, seed: 5).map { abs($0 * c.size) }
        let scale = 1.442695 / Float(c.width).squareRoot()
        var bounds: [Float] = []
        for head in 0..<c.heads {
            var each = [Float](repeating: 0, count: tokens)
            for d in 0..<c.width {
                let query = (head * c.width + d) * tokens, key = (inner + head * c.width + d) * tokens
                let reach = x[key..<key + tokens].max() ?? 0
                for t in 0..<tokens { each[t] += x[query + t] * reach * scale }
            }
            for start in stride(from: 0, to: tokens, by: 16) {
                bounds.append(each[start..<min(start + 16, tokens)].max() ?? 0)
            }
        }
        return bounds
    }

    @Test func casesLieOnBothSidesOfTheBoundAndAcross() {
        let sides = Self.cases.filter { $0.width == 8 || $0.width == 16 }.map { Set(Self.bounds($0).map { $0 <= 64 }) }
        #expect(sides.contains([true]) && sides.contains([false]))
        #expect(sides.filter { $0.count == 2 }.count >= 2)
    }

    @Test(arguments: cases.indices) func bitsDependOnNeitherBatchThreadsNorTier(index: Int) {
        let alone = Self.attend(Self.cases[index], batch: 1, Compute(threads: 1))[0]
        for tier in KernelTier.available {
            #expect(Self.attend(Self.cases[index], batch: 3, Compute(threads: 3, tier: tier))[0] == alone)
        }
    }
}
