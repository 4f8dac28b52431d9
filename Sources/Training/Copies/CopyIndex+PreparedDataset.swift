import Copies
import Datasets

extension CopyIndex {
    /// The index of what a network is trained on, with the threshold that held-out images give.
    /// - Parameter heldOut: the other side of the split; nil where nothing was held out.
    /// - Throws: `CopyError`, or `ImageError` for pixels that are none.
    public init(
        training: PreparedDataset, heldOut: PreparedDataset?, progress: (_ done: Int, _ total: Int) -> Void
    ) throws {
        func images(_ side: PreparedDataset) -> IndexedImages {
            IndexedImages(count: side.count) { IndexedImage(try side.picture($0), group: side.group($0)) }
        }
        try self.init(
            Origin(
                dataset: training.digest, width: training.width, height: training.height, channels: training.channels),
            of: images(training), heldOut: heldOut.map(images) ?? .none, progress: progress)
    }
}
