extension PixelImage {
    /// A small grey picture of 16 bits, each pixel the mean of those that it stands for: what pictures are compared by.
    /// 16 bits keep levels apart that 8 would join.
    /// - Parameters:
    ///   - side: pixels of both its sides, whatever the picture's own shape.
    ///   - box: the part that is shown; nil is all of it.
    /// - Throws: as `resized(height:width:filter:box:)`.
    public func thumbnail(side: Int, box: PixelBox? = nil) throws(ImageError) -> PixelImage {
        try deepGrey().resized(height: side, width: side, filter: .box, box: box)
    }

    /// The picture in grey (`luma`) and 16 bits: 255 becomes 65535.
    public func deepGrey() throws(ImageError) -> PixelImage {
        let grey = try luma()
        return try PixelImage(
            width: grey.width, height: grey.height, channels: 1, bitDepth: 16,
            samples: grey.bitDepth == 8 ? grey.samples.map { $0 * 257 } : grey.samples)
    }
}
