import Checkpoints
import Images
import Networks
import Tensors

/// Inception-v3 from a file in pytorch-fid's layout: the only features whose Frechet distance is the FID, and whose
/// logits give the inception score.
public struct InceptionFeatures: FeatureExtractor {
    public let name = "inception-v3"
    public let dimension = InceptionV3.features
    public let logits = InceptionV3.logits
    public let identity: String
    private let network: InceptionV3

    private static let together = 4

    public let preprocessing = """
        rounded to 8 bits, grey repeated to three channels, resized to 299x299 as pytorch-fid does (bilinear, not \
        antialiased), x / 127.5 - 1
        """

    /// - Throws: `CheckpointError` for a file with missing, extra or mis-shaped weights.
    public init(file path: String) throws {
        let file = try SafetensorsFile(path: path)
        network = try InceptionV3(weights: Weights(file: file))
        identity = "inception-v3 1 299 pytorch-fid \(try file.sha256().hexadecimal)"
    }

    public func rows(of images: [PixelImage], compute: Compute) throws -> [FeatureRow] {
        try stride(from: 0, to: images.count, by: Self.together).flatMap { start in
            let inputs = try images[start..<min(start + Self.together, images.count)].map { image in
                InceptionV3.input(
                    of: try NetworkInput.planes(unresized: image), height: image.height, width: image.width)
            }
            return try network.evaluate(inputs, compute: compute).map {
                FeatureRow(features: $0.features, logits: $0.logits)
            }
        }
    }
}
