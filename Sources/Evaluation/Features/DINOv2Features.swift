import Checkpoints
import Images
import Networks
import Tensors

/// DINOv2 from a file with the names of Hugging Face's `facebook/dinov2-small` or `-base`: the features that agree best
/// with people (Stein et al. 2023, arXiv 2306.04675).
public struct DINOv2Features: FeatureExtractor {
    public let name = "dinov2"
    public let identity: String
    private let network: DINOv2
    private let input = NetworkInput(side: 224, filter: .bicubic)

    private static let together = 4
    /// ImageNet's, of values from 0 to 1.
    private static let mean: [Float] = [0.485, 0.456, 0.406], deviation: [Float] = [0.229, 0.224, 0.225]

    public var dimension: Int { network.features }
    public var preprocessing: String { "\(input.description), ImageNet's mean and deviation" }

    /// - Throws: `CheckpointError` for a file with missing, extra or mis-shaped weights.
    public init(file path: String) throws {
        let file = try SafetensorsFile(path: path)
        network = try DINOv2(weights: Weights(file: file))
        identity = "dinov2 1 \(input.side) bicubic \(try file.sha256().hexadecimal)"
    }

    public func rows(of images: [PixelImage], compute: Compute) throws -> [FeatureRow] {
        let area = input.side * input.side
        return try stride(from: 0, to: images.count, by: Self.together).flatMap { start in
            let inputs = try images[start..<min(start + Self.together, images.count)].map { image in
                var planes = try input.planes(of: image)
                for index in planes.indices {
                    let channel = index / area
                    planes[index] = (planes[index] / 255 - Self.mean[channel]) / Self.deviation[channel]
                }
                return planes
            }
            let rows = try network.evaluate(inputs, side: input.side, compute: compute)
            return rows.map { FeatureRow(features: $0) }
        }
    }
}
