extension PixelImage {
    /// Colours as grey by the weights of ITU-R Recommendation BT.601, in the fixed point in which Pillow's
    /// `convert("L")` reckons; grey as it is.
    /// - Throws: nothing that is not an error of this program: the samples fit.
    public func luma() throws(ImageError) -> PixelImage {
        let opaque = droppingAlpha()
        guard opaque.channels == 3 else { return opaque }
        let grey = stride(from: 0, to: opaque.samples.count, by: 3).map { place in
            let (red, green, blue) = (
                Int(opaque.samples[place]), Int(opaque.samples[place + 1]), Int(opaque.samples[place + 2])
            )
            return UInt16((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16)
        }
        return try PixelImage(width: width, height: height, channels: 1, bitDepth: bitDepth, samples: grey)
    }
}
