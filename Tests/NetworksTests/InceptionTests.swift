import Checkpoints
import Networks
import Tensors
import Testing

/// Features against pytorch-fid's network (Tests/Fixtures/evaluation/make_networks.py).
struct InceptionTests {
    @Test func featuresAndLogitsEqualPyTorchFID() throws {
        let file = try SafetensorsFile(path: Fixtures.path("evaluation/inception_v3.safetensors"))
        let pixels = try file.floats("images"), size = pixels.count / 2
        let images = [Array(pixels[..<size]), Array(pixels[size...])].map {
            InceptionV3.input(of: $0, height: 64, width: 64)
        }
        let network = try InceptionV3(weights: FormulaWeights.weights)
        let made = try network.evaluate(images, compute: Compute(threads: 2))
        let (features, logits) = (try file.floats("features"), try file.floats("logits"))
        #expect(difference(made.flatMap(\.features), features) < 1e-4)  // of values up to 9
        #expect(difference(made.flatMap(\.logits), logits) < 1e-4)
    }

    private func difference(_ a: [Float], _ b: [Float]) -> Float {
        a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
    }

    @Test func aMissingWeightIsNamed() {
        let error = #expect(throws: CheckpointError.self) {
            _ = try InceptionV3(weights: FormulaWeights.weights(["fc.bias": [1008]]))
        }
        #expect(error?.item == "Conv2d_1a_3x3.conv.weight")
    }
}
