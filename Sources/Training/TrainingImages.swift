import Datasets

/// Prepared images, as the trainer sees them: a data set's training or held-out part, or a few images in tests.
public protocol TrainingImages: Sendable {
    /// Images, at least 1.
    var count: Int { get }
    var height: Int { get }
    var width: Int { get }
    var channels: Int { get }
    /// What the labels name. Each value owns one row of the class table, the attributes one after the other.
    var attributes: [DatasetAttribute] { get }
    /// The values of image i, of each attribute.
    func labels(_ i: Int) -> DatasetLabels
    /// What messages call the image.
    func name(_ i: Int) -> String
    /// [channels, height, width] in [-1, 1].
    func values(_ i: Int) throws -> [Float]
    /// SHA-256 of files and transform, hexadecimal.
    var digest: String { get }
}

extension PreparedDataset: TrainingImages {}
