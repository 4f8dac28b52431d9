import Checkpoints
import Networks
import Tensors
import Testing

/// The first token against transformers' network (Tests/Fixtures/evaluation/make_networks.py).
struct DINOv2Tests {
    /// Three blocks of two heads, and a grid of 5 x 5 places.
    static var shapes: [String: [Int]] {
        let width = 128
        var shapes = [
            "embeddings.cls_token": [1, 1, width], "embeddings.mask_token": [1, width],
            "embeddings.position_embeddings": [1, 26, width],
            "embeddings.patch_embeddings.projection.weight": [width, 3, 14, 14],
            "embeddings.patch_embeddings.projection.bias": [width], "layernorm.weight": [width],
            "layernorm.bias": [width],
        ]
        for layer in 0..<3 {
            let prefix = "encoder.layer.\(layer)."
            let attention = ["attention.query", "attention.key", "attention.value", "output.dense"]
            for name in attention.map({ "attention.\($0)" }) {
                shapes["\(prefix)\(name).weight"] = [width, width]
                shapes["\(prefix)\(name).bias"] = [width]
            }
            for name in ["norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias"]
                + ["layer_scale1.lambda1", "layer_scale2.lambda1", "mlp.fc2.bias"]
            {
                shapes["\(prefix)\(name)"] = [width]
            }
            shapes["\(prefix)mlp.fc1.weight"] = [4 * width, width]
            shapes["\(prefix)mlp.fc1.bias"] = [4 * width]
            shapes["\(prefix)mlp.fc2.weight"] = [width, 4 * width]
        }
        return shapes
    }

    @Test func firstTokenEqualsTransformers() throws {
        let expected = try SafetensorsFile(path: Fixtures.path("evaluation/dinov2.safetensors")).floats("features")
        let network = try DINOv2(weights: FormulaWeights.weights(Self.shapes))
        let image = FormulaWeights.uniform("image", 3 * 112 * 112).map { $0 * 2 }
        let made = try network.evaluate([image, image.map { -$0 }], side: 112, compute: Compute(threads: 2))
        #expect(made[0].count == expected.count)
        #expect(zip(made[0], expected).map { abs($0 - $1) }.max() ?? 1 < 1e-4)
        let alone = try network.evaluate([image], side: 112, compute: Compute(threads: 1))
        #expect(alone[0] == made[0])
    }

    @Test func anotherGridIsRefused() {
        var shapes = Self.shapes
        shapes["embeddings.position_embeddings"] = [1, 27, 128]
        let error = #expect(throws: CheckpointError.self) {
            _ = try DINOv2(weights: FormulaWeights.weights(shapes))
        }
        #expect(error?.item == "embeddings.position_embeddings")
    }

    @Test func weightsOfALayerThatIsNotThereAreNamed() {
        var shapes = Self.shapes
        shapes["encoder.layer.4.norm1.bias"] = [128]
        let error = #expect(throws: CheckpointError.self) {
            _ = try DINOv2(weights: FormulaWeights.weights(shapes))
        }
        #expect(error?.item == "encoder.layer.4.norm1.bias")
    }
}
