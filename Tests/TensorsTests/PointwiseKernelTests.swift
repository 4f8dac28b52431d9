import CKernels
import Glibc
import TestSupport
import Testing

struct PointwiseKernelTests {
    static func activate(_ tier: String, _ x: [Float], _ activation: ck_activation) -> [Float] {
        var y = [Float](repeating: .nan, count: x.count)
        unsafe x.withUnsafeBufferPointer { x in unsafe y.withUnsafeMutableBufferPointer { y in
            var call = unsafe ck_affine(
                x: x.baseAddress, x_stride: x.count, y: y.baseAddress, y_stride: x.count, pixels: 1, channels: x.count,
                scale: nil, shift: nil, activation: activation)
            unsafe ck_tier(tier).pointee.affine(&call)
        } }
        return y
    }

    /// Every float pattern of interest: small, large, denormal, and a dense range round zero.
    static let inputs: [Float] =
        (0..<16_000).map { Float($0 - 8_000) / 400 } + [0, -0.0, 1e-30, -1e-30, 80, -80, 1e4, -1e4]
        + Array(repeating: 1, count: 8)

    struct Case: Sendable {
        let name: String
        let code: UInt32
        let exact: @Sendable (Double) -> Double
        /// Allowed error relative to |y|, and to |x| where the definition itself cancels.
        let tolerance: Double
        var ofInput = 0.0
    }

    static let cases = [
        Case(name: "silu", code: CK_SILU.rawValue, exact: { $0 / (1 + exp(-$0)) }, tolerance: 5.5e-7),
        Case(name: "mish", code: CK_MISH.rawValue, exact: { $0 * tanh(log1p(exp($0))) }, tolerance: 6e-7),
        Case(
            name: "gelu", code: CK_GELU.rawValue, exact: { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) },
            tolerance: 3e-7, ofInput: 6e-8),
        Case(name: "relu", code: CK_RELU.rawValue, exact: { max($0, 0) }, tolerance: 0),
        Case(name: "relu6", code: CK_RELU6.rawValue, exact: { min(max($0, 0), 6) }, tolerance: 0),
        Case(name: "identity", code: CK_IDENTITY.rawValue, exact: { $0 }, tolerance: 0),
    ]

    @Test(arguments: cases.indices) func activationEqualsItsDefinition(index: Int) {
        let test = Self.cases[index]
        let first = Self.activate(Tiers.names[0], Self.inputs, ck_activation(test.code))
        for (x, y) in zip(Self.inputs, first) {
            let exact = test.exact(Double(x))
            let bound = test.tolerance * max(abs(exact), 1e-3) + test.ofInput * Double(abs(x))
            #expect(abs(Double(y) - exact) <= bound, "\(test.name)(\(x)) is \(y), expected \(exact)")
        }
        for tier in Tiers.names.dropFirst() {
            let other = Self.activate(tier, Self.inputs, ck_activation(test.code))
            #expect(other.map(\.bitPattern) == first.map(\.bitPattern), "\(test.name): \(tier) differs in bits")
        }
    }

    @Test(arguments: [1, 2, 7, 64, 130]) func momentsEqualTheirDefinition(pixels: Int) {
        // A mean far from zero: the sum of squares would cancel here.
        let x = ramp(pixels * 32).map { $0 + 1000 }
        var results: [[Float]] = []
        for tier in Tiers.names {
            var out = [Float](repeating: .nan, count: 64)
            unsafe x.withUnsafeBufferPointer { x in unsafe out.withUnsafeMutableBufferPointer { out in
                let base = out.baseAddress!  // 64 floats
                unsafe ck_tier(tier).pointee.moments(x.baseAddress, 32, pixels, 32, base, base + 32)
            } }
            results.append(out)
        }
        for c in 0..<32 {
            let column = (0..<pixels).map { Double(x[$0 * 32 + c]) }
            let mean = column.reduce(0, +) / Double(pixels)
            let m2 = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            #expect(abs(Double(results[0][c]) - mean) < 4e-5)  // float32 holds 1000 to 3e-5
            #expect(abs(Double(results[0][32 + c]) - m2) < 1e-3 * max(m2, 1e-3))
        }
        #expect(results.allSatisfy { $0 == results[0] })
    }

    @Test(arguments: [1, 15, 16, 17, 49, 1024]) func softmaxEqualsItsDefinition(count: Int) {
        let stride = (count + 15) / 16 * 16, rows = 3, scale: Float = 0.25
        let x = ramp(rows * stride).map { $0 * 40 }
        var results: [[Float]] = []
        for tier in Tiers.names {
            var y = x
            unsafe y.withUnsafeMutableBufferPointer { y in
                unsafe ck_tier(tier).pointee.softmax(y.baseAddress, stride, rows, count, scale)
            }
            results.append(y)
        }
        for r in 0..<rows {
            let row = (0..<count).map { Double(x[r * stride + $0]) * Double(scale) }
            let peak = row.max() ?? 0, total = row.reduce(0) { $0 + exp($1 - peak) }
            let exact = row.map { exp($0 - peak) / total }
            #expect(distance(Array(results[0][r * stride..<r * stride + count]), exact) < 5e-7)
            #expect(results[0][(r * stride + count)..<((r + 1) * stride)].allSatisfy { $0 == 0 })
        }
        #expect(results.allSatisfy { $0 == results[0] })
    }

    @Test func unknownTierIsRefused() {
        #expect(unsafe ck_tier("sse9") == nil)
    }
}
