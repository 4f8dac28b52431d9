import Images
import Tensors

/// Makes a row of numbers of an image, by which sets of images are compared.
public protocol FeatureExtractor: Sendable {
    /// Which scores made of the rows carry: `efficientnet-lite0`.
    var name: String { get }
    /// Values of a row.
    var dimension: Int { get }
    /// Values before the softmax of a classifier, beside the features; 0 where there is none.
    var logits: Int { get }
    /// What is done to an image of 8 bits before the network, a sentence for the report.
    var preprocessing: String { get }
    /// Differs whenever the numbers may: name, input and the digest of the weights. Kept features are found by it.
    var identity: String { get }
    /// The rows of images, in their order. The row of an image does not depend on the others.
    /// - Parameter images: 8 bits, 1 or 3 channels, without opacity.
    /// - Throws: `EvaluationAbandoned`, or `EvaluationError` for an image that cannot be used.
    func rows(of images: [PixelImage], compute: Compute) throws -> [FeatureRow]
}

/// What an extractor makes of an image.
public struct FeatureRow: Sendable, Equatable {
    public let features: [Float]
    /// Empty where the extractor has none.
    public let logits: [Float]

    public init(features: [Float], logits: [Float] = []) { (self.features, self.logits) = (features, logits) }
}

extension FeatureExtractor {
    public var logits: Int { 0 }
}
