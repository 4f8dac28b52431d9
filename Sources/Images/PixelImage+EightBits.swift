extension PixelImage {
    /// The picture in 8 bits: of 16 bits each sample is divided by 257 and rounded to nearest, halves up, so that black
    /// and white stay what they are. Itself if it has 8.
    public func inEightBits() -> PixelImage {
        guard bitDepth == 16 else { return self }
        // 1 ... 4 channels of Int32 sides at most, and values of at most 255: the initialiser has nothing to refuse.
        return
            (try? PixelImage(
                width: width, height: height, channels: channels, bitDepth: 8,
                samples: samples.map { UInt16((UInt32($0) + 128) / 257) })) ?? self
    }
}
