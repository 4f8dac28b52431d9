import CKernels
import Glibc
import Tensors
import TestSupport
import Testing

/// Activations and applied norms backwards, and sums over pixels, of every tier.
struct ActivationGradientKernelTests {
    /// Pixels of 16 channels that act(x scale + shift) was applied to.
    struct Pixels {
        var x: [Float], g: [Float]
        var count: Int { x.count / channels }
        var channels = 16
        var scale: [Float]?, shift: [Float]?
    }

    /// - Returns: g act'(x scale + shift), and the sums of that and of its products with x.
    static func backward(_ tier: String, _ pixels: Pixels, _ code: ck_activation) -> (g: [Float], sums: [Float]) {
        var g = pixels.g, sums = [Float](repeating: .nan, count: 2 * pixels.channels)
        func call(_ scale: UnsafePointer<Float>?, _ shift: UnsafePointer<Float>?) {
            unsafe pixels.x.withUnsafeBufferPointer { x in unsafe g.withUnsafeMutableBufferPointer { g in
                unsafe sums.withUnsafeMutableBufferPointer { sums in
                    var call = unsafe ck_affine_gradient(
                        x: x.baseAddress, x_stride: pixels.channels, g: g.baseAddress, g_stride: pixels.channels,
                        pixels: pixels.count, channels: pixels.channels, scale: scale, shift: shift,
                        activation: code, sums: sums.baseAddress, sums_stride: pixels.channels)
                    unsafe ck_tier(tier).pointee.affine_gradient(&call)
                }
            } }
        }
        if let scale = pixels.scale, let shift = pixels.shift {
            unsafe scale.withUnsafeBufferPointer { scale in unsafe shift.withUnsafeBufferPointer { shift in
                unsafe call(scale.baseAddress, shift.baseAddress)
            } }
        } else {
            call(nil, nil)
        }
        return (g, sums)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let function: ActivationFunction, code: UInt32
        /// Measured over [-30, 30], times 1.5.
        let bound: Double
        var testDescription: String { "\(function)" }

        /// The slope as a central difference in double precision, 1e-9 of rounding.
        func slope(_ x: Double) -> Double { (function.exact(x + 1e-6) - function.exact(x - 1e-6)) / 2e-6 }
    }

    static let cases = [
        Case(function: .silu, code: CK_SILU.rawValue, bound: 1e-6),
        Case(function: .mish, code: CK_MISH.rawValue, bound: 1e-6),
        Case(function: .gelu, code: CK_GELU.rawValue, bound: 1e-6),
        Case(function: .relu, code: CK_RELU.rawValue, bound: 1e-8),
        Case(function: .identity, code: CK_IDENTITY.rawValue, bound: 1e-8),
    ]

    @Test(arguments: cases) func slopesEqualCentralDifferences(test: Case) {
        let x = (0..<24_000).map { (Float($0) - 11_999.5) / 400 }  // [-30, 30]
        let ones = Pixels(x: x, g: [Float](repeating: 1, count: x.count))
        let first = Self.backward(Tiers.names[0], ones, ck_activation(test.code)).g
        let worst = distance(first, x.map { test.slope(Double($0)) })
        #expect(worst < test.bound, "\(test): \(worst)")
        for tier in Tiers.names.dropFirst() {
            let other = Self.backward(tier, ones, ck_activation(test.code)).g
            #expect(other.map(\.bitPattern) == first.map(\.bitPattern), "\(tier) differs in bits")
        }
    }

    /// Nothing but a number comes of large inputs.
    @Test(arguments: cases) func slopesOfLargeInputsAreZeroOrOne(test: Case) {
        let x: [Float] = [1e30, 1e10, 1e4, 100, -100, -1e4, -1e10, -1e30] + Array(repeating: 50, count: 8)
        let ones = Pixels(x: x, g: [Float](repeating: 1, count: x.count))
        for tier in Tiers.names {
            let slopes = Self.backward(tier, ones, ck_activation(test.code)).g
            for (x, slope) in zip(x, slopes) {
                let limit: Float = x > 0 || test.code == CK_IDENTITY.rawValue ? 1 : 0
                #expect(abs(slope - limit) < 1e-6, "\(test)'(\(x)) is \(slope), \(tier)")
            }
        }
    }

    @Test(arguments: cases, [1, 7, 63]) func sumsAreThoseOfTheGradientAndItsProducts(test: Case, count: Int) {
        let channels = 80, x = ramp(count * channels, seed: 2).map { 3 * $0 }
        let pixels = Pixels(
            x: x, g: ramp(count * channels, seed: 3), channels: channels, scale: ramp(channels, seed: 4),
            shift: ramp(channels, seed: 5).map { $0 + 0.1 })
        let first = Self.backward(Tiers.names[0], pixels, ck_activation(test.code))
        var sums = [Double](repeating: 0, count: 2 * channels)
        for index in x.indices {
            let c = index % channels, scale = Double(pixels.scale?[c] ?? 1), shift = Double(pixels.shift?[c] ?? 0)
            let exact = Double(pixels.g[index]) * test.slope(Double(x[index]) * scale + shift)
            #expect(abs(Double(first.g[index]) - exact) < 2e-6)
            sums[c] += Double(first.g[index])
            sums[channels + c] += Double(first.g[index]) * Double(x[index])
        }
        #expect(distance(first.sums, sums) < 1e-6 * Double(count).squareRoot() + 5e-7)
        for tier in Tiers.names.dropFirst() {
            let other = Self.backward(tier, pixels, ck_activation(test.code))
            #expect(other.g == first.g && other.sums == first.sums, "\(tier) differs in bits")
        }
    }

    @Test(arguments: [false, true]) func aNormsGradientIsAffineInGradientAndInput(accumulates: Bool) {
        let channels = 48, count = 9, size = channels * count
        let (g, x, standing) = (ramp(size, seed: 1), ramp(size, seed: 2), ramp(size, seed: 3))
        let (scale, factor, offset) = (ramp(channels, seed: 4), ramp(channels, seed: 5), ramp(channels, seed: 6))
        var results: [[Float]] = []
        for tier in Tiers.names {
            var arrays = g + x + scale + factor + offset, y = standing
            unsafe arrays.withUnsafeMutableBufferPointer { arrays in unsafe y.withUnsafeMutableBufferPointer { y in
                let base = arrays.baseAddress!, rows = unsafe base + 2 * size  // two sizes and three channels long
                var call = unsafe ck_norm_gradient(
                    g: base, g_stride: channels, x: base + size, x_stride: channels, y: y.baseAddress,
                    y_stride: channels, pixels: count, channels: channels, scale: rows, factor: rows + channels,
                    offset: rows + 2 * channels, accumulates: accumulates ? 1 : 0)
                unsafe ck_tier(tier).pointee.norm_gradient(&call)
            } }
            results.append(y)
        }
        let exact = (0..<size).map { index in
            let c = index % channels
            let sum = Double(g[index]) * Double(scale[c]) + Double(x[index]) * Double(factor[c]) + Double(offset[c])
            return sum + (accumulates ? Double(standing[index]) : 0)
        }
        #expect(distance(results[0], exact) < 5e-7)
        #expect(results.allSatisfy { $0 == results[0] })
    }

    @Test(arguments: [(1, 1), (7, 9), (64, 64), (3, 700)])
    func channelSumsEqualTheirDefinition(rows: Int, pixels: Int) {
        let stride = 40, channels = 32, row = pixels * stride + 3
        let x = ramp(rows * row, seed: 8).map { $0 + 0.5 }
        var exact = [Double](repeating: 0, count: channels)
        for y in 0..<rows {
            for p in 0..<pixels { for c in 0..<channels { exact[c] += Double(x[y * row + p * stride + c]) } }
        }
        var results: [[Float]] = []
        for tier in Tiers.names {
            var sums = [Float](repeating: .nan, count: channels)
            unsafe x.withUnsafeBufferPointer { x in unsafe sums.withUnsafeMutableBufferPointer { sums in
                unsafe ck_tier(tier).pointee.sums(
                    x.baseAddress, stride, pixels, row, rows, channels, sums.baseAddress)
            } }
            results.append(sums)
        }
        for (sum, exact) in zip(results[0], exact) { #expect(abs(Double(sum) - exact) < 1e-6 * max(1, exact)) }
        #expect(results.allSatisfy { $0 == results[0] })
    }

    @Test(arguments: [1, 15, 16, 35, 99]) func softmaxGradientsEqualTheirDefinition(count: Int) {
        let stride = (count + 15) / 16 * 16 + 16, rows = 3, scale: Float = 0.25
        var p = [Float](repeating: 0, count: rows * stride)
        let dp = ramp(rows * stride, seed: 9), scores = ramp(rows * stride, seed: 10).map { exp($0 * 3) }
        for r in 0..<rows {
            let total = scores[r * stride..<r * stride + count].reduce(0, +)
            for i in 0..<count { p[r * stride + i] = scores[r * stride + i] / total }
        }
        var results: [[Float]] = []
        for tier in Tiers.names {
            var y = dp
            unsafe p.withUnsafeBufferPointer { p in unsafe y.withUnsafeMutableBufferPointer { y in
                unsafe ck_tier(tier).pointee.softmax_gradient(p.baseAddress, y.baseAddress, stride, rows, count, scale)
            } }
            results.append(y)
        }
        for r in 0..<rows {
            let range = r * stride..<r * stride + count
            let mean = range.reduce(0.0) { $0 + Double(p[$1]) * Double(dp[$1]) }
            let exact = range.map { Double(p[$0]) * (Double(dp[$0]) - mean) * Double(scale) }
            #expect(distance(Array(results[0][range]), exact) < 2e-7 * (p[range].max().map(Double.init) ?? 1))
            #expect(results[0][r * stride + count..<(r * stride + (count + 15) / 16 * 16)].allSatisfy { $0 == 0 })
            let beyond = (r + 1) * stride - 16..<(r + 1) * stride
            #expect(results[0][beyond] == dp[beyond])
        }
        #expect(results.allSatisfy { $0 == results[0] })
    }
}
