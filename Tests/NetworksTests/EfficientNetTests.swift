import Checkpoints
import Networks
import Tensors
import Testing

/// Features against torch's (Tests/Fixtures/evaluation/make_efficientnet.py).
struct EfficientNetTests {
    static let network = Result { try EfficientNetLite0.embedded() }

    private func golden() throws -> (images: [[Float]], file: SafetensorsFile) {
        let file = try SafetensorsFile(path: Fixtures.path("evaluation/efficientnet_lite0.safetensors"))
        let all = try file.floats("images"), size = all.count / 2
        return ([Array(all[..<size]), Array(all[size...])], file)
    }

    /// |a - b| / |b|.
    private func deviation(_ a: [Float], _ b: [Float]) -> Double {
        let difference = zip(a, b).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
        return (difference / b.reduce(0.0) { $0 + Double($1) * Double($1) }).squareRoot()
    }

    @Test func featuresEqualTorch() throws {
        let (images, file) = try golden(), network = try Self.network.get()
        let made = try network.evaluate(images, height: 128, width: 128, compute: Compute(threads: 2)).flatMap { $0 }
        let expected = try file.floats("features_half")
        let difference = zip(made, expected).map { abs($0 - $1) }.max() ?? .infinity
        #expect(difference < 1e-4)  // of values up to 5.1
        // What half precision changes.
        #expect(deviation(made, try file.floats("features")) < 0.01)
    }

    @Test func featuresDependOnNothingElse() throws {
        let (images, _) = try golden(), network = try Self.network.get()
        let together = try network.evaluate(images, height: 128, width: 128, compute: Compute(threads: 2))
        for tier in KernelTier.available {
            let alone = try network.evaluate(
                [images[1]], height: 128, width: 128, compute: Compute(threads: 1, tier: tier))
            #expect(alone[0] == together[1], "\(tier.name)")
        }
    }

    @Test func weightsThatAreNotItsOwnAreRefused() throws {
        var bytes = EfficientNetLite0.embeddedFile
        let name = Array("_conv_head.weight".utf8)
        let place = try #require(bytes.indices.first { bytes[$0...].starts(with: name) })
        bytes[place + 1] = UInt8(ascii: "k")
        let error = #expect(throws: CheckpointError.self) {
            _ = try EfficientNetLite0(weights: Weights(safetensors: bytes, origin: "a file"))
        }
        #expect(error?.item == "_conv_head.weight")
    }
}
