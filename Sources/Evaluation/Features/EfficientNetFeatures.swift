import Bytes
import Images
import Networks
import Tensors

/// The default features: EfficientNet-Lite0, which is part of the program.
public struct EfficientNetFeatures: FeatureExtractor {
    public let name = "efficientnet-lite0"
    public let dimension = EfficientNetLite0.features
    public let input: NetworkInput
    public let identity: String
    private let network: EfficientNetLite0

    /// Pixels of a side that images are resized to, unless something else is asked for.
    public static let usualSide = 128
    /// Images that are evaluated together: enough to fill the kernels, and few enough to stay in cache.
    private static let together = 8

    public var preprocessing: String { "\(input.description), (x - 127) / 128" }

    /// - Parameter side: a multiple of 32.
    /// - Throws: `CheckpointError` where the program was built with a damaged file.
    public init(side: Int = usualSide) throws {
        network = try EfficientNetLite0.embedded()
        input = NetworkInput(side: side, filter: .bicubic)
        identity = "efficientnet-lite0 2 \(side) bicubic \(Digest(of: EfficientNetLite0.embeddedFile).hexadecimal)"
    }

    public func rows(of images: [PixelImage], compute: Compute) throws -> [FeatureRow] {
        try stride(from: 0, to: images.count, by: Self.together).flatMap { start in
            let part = images[start..<min(start + Self.together, images.count)]
            let rows = try network.evaluate(
                part.map { try input.planes(of: $0) }, height: input.side, width: input.side, compute: compute)
            return rows.map { FeatureRow(features: $0) }
        }
    }
}
