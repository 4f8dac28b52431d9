import Images

/// The shape of the images that a network takes.
public struct PixelShape: Sendable, Equatable {
    /// Pixels, 1 ... 8192.
    public let height: Int
    public let width: Int
    /// 1 grey, 3 colours.
    public let channels: Int

    public init(height: Int, width: Int, channels: Int) {
        (self.height, self.width, self.channels) = (height, width, channels)
    }

    /// Samples of one image.
    public var count: Int { height * width * channels }

    /// - Throws: `DatasetError` for sides or channels beyond their ranges.
    func check() throws(DatasetError) {
        for side in [height, width] where !PixelImage.resizedSides.contains(side) {
            throw DatasetError(path: "", item: "size", expected: "1 ... 8192 pixels a side", got: "\(side)")
        }
        guard channels == 1 || channels == 3 else {
            throw DatasetError(path: "", item: "channels", expected: "1 or 3", got: "\(channels)")
        }
    }
}
