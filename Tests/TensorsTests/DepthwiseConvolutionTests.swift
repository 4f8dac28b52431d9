import TestSupport
import Testing

@testable import Tensors

struct DepthwiseConvolutionTests {
    struct Case: Sendable {
        let kernel: Int, stride: Int, channels: Int, height: Int, width: Int
    }

    static let cases = [
        Case(kernel: 3, stride: 1, channels: 16, height: 5, width: 7),
        Case(kernel: 3, stride: 2, channels: 24, height: 8, width: 12),
        Case(kernel: 5, stride: 1, channels: 40, height: 6, width: 4),
        Case(kernel: 5, stride: 2, channels: 33, height: 16, width: 10),
    ]

    /// The definition, in double precision.
    private static func naive(_ x: [Float], _ weight: [Float], _ bias: [Float], _ test: Case, pad: Int) -> [Double] {
        let (height, width) = (test.height / test.stride, test.width / test.stride), k = test.kernel
        var y: [Double] = []
        for c in 0..<test.channels {
            for row in 0..<height {
                for column in 0..<width {
                    var sum = Double(bias[c])
                    for ky in 0..<k {
                        for kx in 0..<k {
                            let (i, j) = (row * test.stride + ky - pad, column * test.stride + kx - pad)
                            guard i >= 0, j >= 0, i < test.height, j < test.width else { continue }
                            let value = min(max(x[(c * test.height + i) * test.width + j], 0), 6)
                            sum += Double(value) * Double(weight[(c * k + ky) * k + kx])
                        }
                    }
                    y.append(min(max(sum, 0), 6))
                }
            }
        }
        return y
    }

    @Test(arguments: cases.indices) func equalsItsDefinition(index: Int) throws {
        let test = Self.cases[index], k = test.kernel, zeros = k - test.stride, pad = zeros / 2
        let size = test.channels * test.height * test.width
        let images = [ramp(size).map { $0 * 8 }, ramp(size, seed: 2).map { $0 * 8 }]
        let weight = ramp(test.channels * k * k, seed: 3), bias = ramp(test.channels, seed: 4)
        let layer = DepthwiseConvolution(
            ConvolutionShape(
                sources: [test.channels], outputs: test.channels, kernel: .square(k), stride: test.stride,
                padding: .init(top: pad, left: pad, bottom: zeros - pad, right: zeros - pad)),
            weight: weight, bias: bias, activation: .relu6)
        var first: [[Float]] = []
        for tier in KernelTier.available {
            let made = try Compute(threads: 2, tier: tier).run(
                Owner(), batch: 2, height: test.height, width: test.width
            ) { pass in
                let input = pass.activation(
                    images: images, channels: test.channels, height: test.height, width: test.width)
                let result = layer(input, before: .relu6, pass)
                return pass.isMeasuring ? [] : result.images()
            }
            if first.isEmpty { first = made }
            #expect(made == first, "\(tier.name) differs in bits")
        }
        for (image, made) in zip(images, first) {
            #expect(distance(made, Self.naive(image, weight, bias, test, pad: pad)) < 2e-5)
        }
    }

    private final class Owner {}

    @Test func meansAreOfWhatTheActivationLeaves() throws {
        let made = try Compute(threads: 1).run(Owner(), batch: 2, height: 2, width: 2) { pass in
            let input = pass.activation(
                images: [[-1, 2, 3, 10], [0, 0, 4, 5]], channels: 1, height: 2, width: 2)
            return input.channelMeans(.relu6, pass)
        }
        #expect(made == [[2.75], [2.25]])
    }
}
