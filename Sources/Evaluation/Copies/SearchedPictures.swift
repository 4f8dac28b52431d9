import Copies
import Datasets
import Images

/// The pictures of a folder as they are searched in an index: those of the size of its images as they are, others
/// brought to it as training brings them.
///
/// A file of other proportions agrees in no detail with the image that training made of it, nor does one of more pixels
/// where an image has fewer than a thumbnail: a training file itself would be told to be nobody's.
public struct SearchedPictures {
    private let settings: DatasetSettings
    private let dataset: any Dataset
    private let shape: PixelShape

    /// Opens a folder as the data set kind `folder` reads it.
    /// - Throws: `DatasetError`.
    public init(folder: String, for index: CopyIndex) throws {
        var settings = DatasetSettings(kind: .folder, path: folder)
        // Only grey levels are compared.
        settings.colour = .grey
        self.settings = settings
        dataset = try settings.open()
        let origin = index.origin
        shape = PixelShape(height: origin.height, width: origin.width, channels: origin.channels)
    }

    public var count: Int { dataset.count }

    public func name(_ place: Int) -> String { dataset.name(place) }

    /// - Returns: the picture, and whether it had another size.
    /// - Throws: `DatasetError` naming the file.
    public func picture(_ place: Int) throws -> (picture: PixelImage, isBrought: Bool) {
        let stored = try dataset.pixels(place)
        guard stored.width != shape.width || stored.height != shape.height else {
            return (stored.droppingAlpha(), false)
        }
        return (try settings.picture(place, of: dataset, shape: shape), true)
    }
}
