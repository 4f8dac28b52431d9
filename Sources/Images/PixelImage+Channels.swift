/// Grey as colours and colours as grey, where nothing is lost by it.
extension PixelImage {
    /// Whether every pixel is fully opaque; true without an opacity.
    public var isOpaque: Bool {
        guard hasAlpha else { return true }
        return stride(from: channels - 1, to: samples.count, by: channels).allSatisfy { Int(samples[$0]) == maximum }
    }

    /// The place of the first pixel, row by row, whose red, green and blue differ; nil if all are grey.
    public var firstColouredPixel: (x: Int, y: Int)? {
        guard channels >= 3 else { return nil }
        for start in stride(from: 0, to: samples.count, by: channels) {
            let red = samples[start]
            if red == samples[start + 1], red == samples[start + 2] { continue }
            let pixel = start / channels
            return (pixel % width, pixel / width)
        }
        return nil
    }

    /// The same picture in one channel, without its opacity; nil if a pixel has a colour.
    public func inGrey() -> PixelImage? {
        guard firstColouredPixel == nil else { return nil }
        return replacingSamples(
            stride(from: 0, to: samples.count, by: channels).map { samples[$0] }, channels: 1)
    }

    /// The same picture in red, green and blue, without its opacity: grey stands in all three.
    public func inColour() -> PixelImage {
        let opaque = droppingAlpha()
        guard opaque.channels == 1 else { return opaque }
        var colours: [UInt16] = []
        colours.reserveCapacity(3 * opaque.samples.count)
        for sample in opaque.samples {
            for _ in 0..<3 { colours.append(sample) }
        }
        return replacingSamples(colours, channels: 3)
    }

    /// The picture with each sample changed.
    ///
    /// - Throws: `ImageError` of kind `.invalidValue` if a result does not fit the depth.
    public func mapSamples(_ change: (UInt16) -> UInt16) throws(ImageError) -> PixelImage {
        try PixelImage(
            width: width, height: height, channels: channels, bitDepth: bitDepth, samples: samples.map(change))
    }
}
