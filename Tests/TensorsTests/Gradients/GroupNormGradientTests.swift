import TestSupport
import Testing

@testable import Tensors

/// Gradients of an applied norm, act(norm(x)), with respect to its input, its parameters and its modulation. Norms over
/// two sources are applied by convolutions only; see `ConvolutionGradientTests.norms`.
struct GroupNormGradientTests {
    struct Case: Sendable, CustomStringConvertible {
        var channels = 24, groups = 4, batch = 2, height = 7, width = 9
        var activation = ActivationFunction.identity
        var modulated = false
        /// The mean of the input, whose values lie within 1 of it.
        var mean = 0.0

        var description: String {
            "\(groups) groups of \(channels), \(batch) x \(height)x\(width), \(activation), mean \(mean)"
                + (modulated ? ", modulated" : "")
        }

        var x: Planes {
            // For relu, of which no value lies in reach of the step where it has no slope.
            let values = doubles(batch * channels * height * width, seed: activation == .relu ? 103 : 3)
            return Planes(batch, channels, height, width, values: values.map { $0 + mean })
        }
        /// A scale and a shift per image and channel; nil for none.
        var modulation: Planes? {
            modulated ? Planes(1, 2 * channels, 1, batch, values: doubles(2 * channels * batch, seed: 4)) : nil
        }
        var values: [String: [Double]] {
            var values = ["x": x.values, "bias": doubles(channels, seed: 6)]
            values["weight"] = doubles(channels, seed: 5).map { $0 + 0.5 }
            values["modulation"] = modulation?.values
            return values
        }

        func gradients(_ compute: Compute) throws -> [String: [Float]] {
            let values = values, x = x
            func floats(_ name: String) -> [Float] { (values[name] ?? []).map { Float($0) } }
            var places = TestPlaces()
            let norm = GroupNorm(
                groups: groups, epsilon: 1e-5, weight: floats("weight"), bias: floats("bias"),
                places: .init(weight: places.add("weight", channels), bias: places.add("bias", channels)))
            return try compute.differentiate(places, coefficients: ramp(x.values.count, seed: 99)) { pass, inputs in
                let input = inputs.input("x", x, moments: true, pass)
                let rows = modulation.map { inputs.input("modulation", $0, pass) }
                let modulation = rows.map { ChannelBias($0, start: 0, count: 2 * channels) }
                return input.normed(norm([input], modulation: modulation, pass), activation, pass)
            }
        }

        func differences() -> FiniteDifferences {
            let x = x, coefficients = doubles(x.values.count, seed: 99)
            return FiniteDifferences(values: values) { values, _ in
                let rows = modulation.flatMap { modulation in values["modulation"].map { modulation.with($0) } }
                let normed = x.with(values["x"] ?? []).normed(
                    groups, weight: values["weight"] ?? [], bias: values["bias"] ?? [],
                    modulation: rows.map { (rows: $0, start: 0) })
                if activation == .relu { #expect(!normed.values.contains { abs($0) < 1e-3 }) }
                return normed.map(activation.exact).loss(coefficients)
            }
        }
    }

    static let cases: [Case] =
        [ActivationFunction.identity, .silu, .mish, .gelu, .relu].flatMap { function in
            [false, true].map { Case(activation: function, modulated: $0) }
        } + [
            Case(channels: 32, groups: 32, height: 13, width: 10, activation: .silu),
            Case(channels: 20, groups: 1, batch: 3, activation: .silu, modulated: true),
            Case(channels: 40, groups: 8, batch: 1, height: 28, width: 28), Case(batch: 3, height: 1, width: 2),
            Case(channels: 16, groups: 2, batch: 1, height: 40, width: 24, activation: .silu, modulated: true),
            Case(channels: 16, groups: 4, batch: 1, height: 64, width: 64, activation: .silu),
            // Float32 holds 3 to 1e-7.
            Case(activation: .silu, modulated: true, mean: 3),
        ]

    @Test(arguments: cases) func equalsDifferences(test: Case) throws {
        test.differences().expect(try test.gradients(Compute(threads: 2)), test, most: 30)
    }

    @Test(arguments: cases) func bitsDependOnNeitherThreadsNorTier(test: Case) throws {
        try expectSameBits(test, test.gradients)
    }

    /// An image's gradients do not depend on what else is in the batch.
    @Test func imagesAreNormedEachByItself() throws {
        let many = Case(batch: 3, activation: .silu), one = Case(batch: 1, activation: .silu)
        let compute = Compute(threads: 2)
        let first = try #require(one.gradients(compute)["x"]), all = try #require(many.gradients(compute)["x"])
        #expect(first == Array(all[..<first.count]))
    }

    /// A norm takes out every shift and scale of a group: along both its gradient has no component.
    @Test func theGradientIsOrthogonalToWhatTheNormTakesOut() throws {
        let test = Case(groups: 3, batch: 1, height: 13, width: 10), size = 8 * 130
        let gradient = try #require(test.gradients(Compute(threads: 1))["x"]), x = test.x.values
        for group in 0..<3 {
            let range = group * size..<(group + 1) * size, mean = x[range].reduce(0, +) / Double(size)
            let norm = range.reduce(0.0) { $0 + Double(gradient[$1]) * Double(gradient[$1]) }.squareRoot()
            let shift = range.reduce(0.0) { $0 + Double(gradient[$1]) }
            let scale = range.reduce(0.0) { $0 + Double(gradient[$1]) * (x[$1] - mean) }
            #expect(abs(shift) < 1e-5 * norm && abs(scale) < 1e-4 * norm, "\(shift), \(scale) of \(norm)")
        }
    }
}
