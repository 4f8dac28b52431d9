extension PixelImage {
    /// Makes the picture of a network's output: `round(maximum * clamp(x / 2 + 0.5, 0, 1))`, halves to even, as
    /// diffusers' `numpy_to_pil` does for 8 bits (`image_processor.py`) and likewise for 16.
    /// - Parameter planes: `[channels, height, width]`, nominally -1 (black) ... 1 (white); what lies outside is
    ///   clipped.
    /// - Throws: `ImageError` of kind `.invalidValue` if a value is NaN, or the sizes do not fit (see the other
    ///   initialiser).
    public init(planes: [Float], width: Int, height: Int, channels: Int, bitDepth: Int) throws(ImageError) {
        let top: Float = bitDepth == 8 ? 255 : 65535
        var samples = [UInt16](repeating: 0, count: planes.count)
        let area = channels >= 1 ? planes.count / channels : 0
        // Sizes that do not fit leave the samples black here, and the checked initialiser below refuses them.
        if channels >= 1, planes.count == area * channels {
            for channel in 0..<channels {
                for pixel in 0..<area {
                    let value = planes[channel * area + pixel]
                    guard !value.isNaN else {
                        throw ImageError(
                            .invalidValue, "channel \(channel), pixel \(pixel) of the image", expected: "a number",
                            got: "NaN")
                    }
                    let unit = min(max(value / 2 + 0.5, 0), 1)
                    samples[pixel * channels + channel] = UInt16((unit * top).rounded(.toNearestOrEven))
                }
            }
        }
        try self.init(width: width, height: height, channels: channels, bitDepth: bitDepth, samples: samples)
    }
}
