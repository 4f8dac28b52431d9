import Images

/// Small images of one shape in rows, grey between them.
struct SheetDrawing {
    /// What every image has.
    let shape: PixelShape
    /// Images that a row has room for.
    let columns: Int
    /// Times that each pixel is repeated in both directions.
    var enlargement = 1
    /// The column before which a wider gap stands; nil for none.
    var division: Int?

    /// Pixels between two images, and what is added before the division.
    private static let gap = 2, wideGap = 12
    private static let mostSamples = 1 << 28

    private var step: (across: Int, down: Int) {
        (shape.width * enlargement + Self.gap, shape.height * enlargement + Self.gap)
    }

    /// The whole picture's sides.
    /// - Throws: `ImageError` for a picture that would be too large.
    func size(rows: Int) throws(ImageError) -> (width: Int, height: Int) {
        let width = columns * step.across + Self.gap + (division == nil ? 0 : Self.wideGap)
        let height = rows * step.down + Self.gap
        guard width * height * shape.channels <= Self.mostSamples else {
            throw ImageError(
                .overLimit, "picture of \(width) x \(height) pixels",
                expected: "at most \(Self.mostSamples) samples: fewer, smaller or less enlarged images",
                got: "\(width * height * shape.channels)")
        }
        return (width, height)
    }

    /// - Parameter rows: from above, each from the left; nil leaves a place empty. Images of 8 bits are brought to 16
    ///   where one of them has 16.
    /// - Throws: `ImageError` for a picture that would be too large.
    func picture(_ rows: [[PixelImage?]]) throws(ImageError) -> PixelImage {
        let (width, height) = try size(rows: rows.count)
        let isDeep = rows.contains { $0.contains { $0?.bitDepth == 16 } }
        let grey: UInt16 = isDeep ? 128 * 257 : 128
        var samples = [UInt16](repeating: grey, count: width * height * shape.channels)
        for (row, images) in rows.enumerated() {
            for (column, image) in images.enumerated() {
                guard let image else { continue }
                let isBehind = division.map { column >= $0 } ?? false
                let left = Self.gap + column * step.across + (isBehind ? Self.wideGap : 0)
                let scale: UInt16 = isDeep && image.bitDepth == 8 ? 257 : 1
                for y in 0..<shape.height * enlargement {
                    let start = ((Self.gap + row * step.down + y) * width + left) * shape.channels
                    let line = y / enlargement * shape.width
                    for place in 0..<shape.width * enlargement * shape.channels {
                        let (x, channel) = (place / shape.channels / enlargement, place % shape.channels)
                        samples[start + place] = image.samples[(line + x) * shape.channels + channel] * scale
                    }
                }
            }
        }
        return try PixelImage(
            width: width, height: height, channels: shape.channels, bitDepth: isDeep ? 16 : 8, samples: samples)
    }
}

extension PixelImage {
    /// Writes the picture as a PNG file, whole or not at all.
    /// - Throws: `DatasetError` where the file cannot be written.
    public func writePNG(to path: String) throws {
        var file = try GrowingFile(path: path)
        try file.append(try PNGEncoder.encode(self).bytes)
        try file.finish()
    }
}
