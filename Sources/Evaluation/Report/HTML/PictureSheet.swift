import Images

/// Images of one shape in a grid, as one PNG of bounded size.
struct PictureSheet {
    let png: [UInt8]
    let width: Int, height: Int
    /// Images that are shown, in the order given; the later ones are left out where the size asks for it.
    let shown: Int
    let columns: Int

    private static let gap = 2
    /// Sides beyond which a picture is made smaller: a sheet is looked at, not measured.
    private static let mostSide = 512

    /// - Parameters:
    ///   - images: made one shape, that of the first.
    ///   - mostBytes: of the PNG.
    /// - Returns: nil where not even one image in 16 pixels fits, or there is none.
    static func fitting(_ images: [PixelImage], mostBytes: Int) throws(ImageError) -> PictureSheet? {
        guard let first = images.first else { return nil }
        var side = min(max(first.width, first.height), mostSide), count = images.count
        while side >= 16 {
            var made: [PixelImage] = []
            for image in images.prefix(count) { made.append(try brought(image, first: first, side: side)) }
            let sheet = try PictureSheet(made)
            if sheet.png.count <= mostBytes { return sheet }
            if count > 1 { count = (count + 1) / 2 } else { side /= 2 }
        }
        return nil
    }

    /// An image in the shape of the first, its longer side of so many pixels, in 8 bits.
    private static func brought(_ image: PixelImage, first: PixelImage, side: Int) throws(ImageError) -> PixelImage {
        let opaque = image.droppingAlpha().inEightBits()
        let longer = max(first.width, first.height)
        let height = max(1, first.height * side / longer), width = max(1, first.width * side / longer)
        guard opaque.width != width || opaque.height != height else { return opaque }
        return try opaque.resized(height: height, width: width, filter: .bicubic)
    }

    private init(_ images: [PixelImage]) throws(ImageError) {
        let columns = images.count > 4 ? 4 : min(images.count, 2)
        let rows = (images.count + columns - 1) / columns
        let channels = images.contains { $0.channels == 3 } ? 3 : 1
        let (tileWidth, tileHeight) = (images[0].width, images[0].height)
        width = columns * (tileWidth + Self.gap) - Self.gap
        height = rows * (tileHeight + Self.gap) - Self.gap
        var samples = [UInt16](repeating: 128, count: width * height * channels)
        for (place, image) in images.enumerated() {
            let left = place % columns * (tileWidth + Self.gap), top = place / columns * (tileHeight + Self.gap)
            for y in 0..<tileHeight {
                for x in 0..<tileWidth {
                    for channel in 0..<channels {
                        let source = (y * tileWidth + x) * image.channels + min(channel, image.channels - 1)
                        samples[((top + y) * width + left + x) * channels + channel] = image.samples[source]
                    }
                }
            }
        }
        let sheet = try PixelImage(width: width, height: height, channels: channels, bitDepth: 8, samples: samples)
        png = try PNGEncoder.encode(sheet).bytes
        shown = images.count
        self.columns = columns
    }
}
