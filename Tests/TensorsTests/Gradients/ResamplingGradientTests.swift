import TestSupport
import Testing

@testable import Tensors

/// Gradients of what is done to activations between layers: means of 2x2, nearest upsampling, copies and sums.
struct ResamplingGradientTests {
    struct Case: Sendable, CustomStringConvertible {
        let description: String
        var batch = 2, channels = 20, height = 6, width = 10
        var inputs = 1
        /// Rows and columns of the result over those of the inputs.
        var factor = 1.0
        let apply: @Sendable ([Activation], Pass) -> Activation
        let naive: @Sendable ([Planes]) -> Planes

        private var planes: [Planes] {
            (0..<inputs).map {
                let values = doubles(batch * channels * height * width, seed: UInt64(3 + $0))
                return Planes(batch, channels, height, width, values: values)
            }
        }
        private var coefficients: [Float] {
            ramp(Int(Double(batch * channels * height * width) * factor * factor), seed: 99)
        }

        func gradients(_ compute: Compute) throws -> [String: [Float]] {
            let planes = planes
            return try compute.differentiate(TestPlaces(), coefficients: coefficients) { pass, inputs in
                apply(planes.enumerated().map { inputs.input("x\($0)", $1, pass) }, pass)
            }
        }

        func differences() -> FiniteDifferences {
            let planes = planes, coefficients = coefficients.map(Double.init)
            let values = planes.enumerated().map { ("x\($0)", $1.values) }
            return FiniteDifferences(values: .init(uniqueKeysWithValues: values)) { values, _ in
                naive(planes.enumerated().map { $1.with(values["x\($0)"] ?? []) }).loss(coefficients)
            }
        }
    }

    static let cases = [
        Case(description: "pooled", factor: 0.5, apply: { $0[0].pooled($1) }, naive: { $0[0].pooled() }),
        Case(
            description: "pooled, 28x28", batch: 1, channels: 3, height: 28, width: 28, factor: 0.5,
            apply: { $0[0].pooled($1) }, naive: { $0[0].pooled() }),
        Case(
            description: "upsampled", batch: 3, height: 7, width: 9, factor: 2, apply: { $0[0].upsampled($1) },
            naive: { $0[0].upsampled() }),
        Case(
            description: "upsampled, 1x1", channels: 40, height: 1, width: 1, factor: 2,
            apply: { $0[0].upsampled($1) }, naive: { $0[0].upsampled() }),
        Case(description: "copied", apply: { $0[0].copy($1) }, naive: { $0[0] }),
        Case(
            description: "added", height: 7, width: 9, inputs: 2, apply: { $0[0].adding($0[1], $1) },
            naive: { $0[0] + $0[1] }),
        Case(description: "added to itself", apply: { $0[0].adding($0[0], $1) }, naive: { $0[0] + $0[0] }),
        Case(
            description: "pooled and upsampled beside itself", batch: 1, inputs: 1,
            apply: { $0[0].adding($0[0].pooled($1).upsampled($1), $1) }, naive: { $0[0] + $0[0].pooled().upsampled() }),
        Case(
            description: "activated without norm", height: 7, width: 9, apply: { $0[0].normed(nil, .gelu, $1) },
            naive: { $0[0].map(ActivationFunction.gelu.exact) }),
    ]

    @Test(arguments: cases) func equalsDifferences(test: Case) throws {
        test.differences().expect(try test.gradients(Compute(threads: 2)), test)
    }

    @Test(arguments: cases) func bitsDependOnNeitherThreadsNorTier(test: Case) throws {
        try expectSameBits(test, test.gradients)
    }
}
