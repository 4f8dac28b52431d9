import Bytes
import Datasets
import Images

/// The images that play one role in an evaluation, all of one shape and in 8 bits.
public struct ImageSet: Sendable {
    /// What images are compared as. The three are kept apart everywhere.
    public enum Role: String, Sendable, CaseIterable {
        /// Patients whom the model has not seen.
        case real
        /// What the model was trained on.
        case train
        /// What the model made.
        case synthetic
    }

    public let role: Role
    /// The folder or file it was opened from.
    public let path: String
    public let shape: PixelShape
    /// What was assumed, a sentence each.
    public let notes: [String]
    /// The deviation in pixels of the Gaussian by which images are blurred; 0 leaves them as they are.
    private var sigma = 0.0
    private let settings: DatasetSettings
    private let dataset: any Dataset
    /// Places of the images in the data set.
    private let indices: [Int]

    init(_ source: ImageSource, role: Role, shape: PixelShape) {
        (self.role, path, self.shape) = (role, source.path, shape)
        (settings, dataset, indices) = (source.settings, source.dataset, source.indices)
        notes = source.notes
    }

    public var count: Int { indices.count }
    public var attributes: [DatasetAttribute] { dataset.attributes }
    /// Per attribute the indices of the image's values; none where it is unlabelled.
    public func labels(_ index: Int) -> DatasetLabels { dataset.labels(indices[index]) }
    /// The patient, subject or slide; of a set that tells none, the image's own name.
    public func group(_ index: Int) -> String { dataset.group(indices[index]) }
    /// File and place in it.
    public func name(_ index: Int) -> String { dataset.name(indices[index]) }

    /// Patient, subject or slide of each image; nil where every image is a group of its own.
    public var groups: [String]? {
        let all = (0..<count).map(group)
        return Set(all).count == all.count ? nil : all
    }

    /// An image in the set's shape, 8 bits deep.
    /// - Throws: `DatasetError` naming the file.
    public func picture(_ index: Int) throws -> PixelImage {
        let picture = try settings.picture(indices[index], of: dataset, shape: shape).inEightBits()
        return sigma > 0 ? try picture.blurred(sigma: sigma) : picture
    }

    /// The same images blurred by a Gaussian.
    func blurred(sigma: Double) -> ImageSet {
        var blurred = self
        blurred.sigma = sigma
        return blurred
    }

    /// The images one by one, as numbers that are made of pixels take them.
    var pictures: PictureSet { PictureSet(count: count, groups: groups) { try picture($0) } }
}
