extension PixelImage {
    /// The part of `width` x `height` pixels whose upper left pixel is (`x`, `y`).
    ///
    /// - Throws: `ImageError` of kind `.invalidValue` for a part that does not lie within the picture.
    public func cropped(x: Int, y: Int, width: Int, height: Int) throws(ImageError) -> PixelImage {
        guard x >= 0, y >= 0, width >= 1, height >= 1, x <= self.width - width, y <= self.height - height else {
            throw ImageError(
                .invalidValue, "a part of a picture", expected: "one within \(self.width) x \(self.height) pixels",
                got: "\(width) x \(height) pixels from (\(x), \(y))")
        }
        var part: [UInt16] = []
        part.reserveCapacity(width * height * channels)
        for row in y..<y + height {
            let start = (row * self.width + x) * channels
            part += samples[start..<start + width * channels]
        }
        return try PixelImage(width: width, height: height, channels: channels, bitDepth: bitDepth, samples: part)
    }
}
