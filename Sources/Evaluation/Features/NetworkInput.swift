import Images

/// How an image of 8 bits becomes the square RGB input of a network: resized as Pillow does, which widens the kernel by
/// the reduction so that nothing aliases, in floating point as clean-fid has it (Parmar et al. 2022), and grey
/// repeated.
public struct NetworkInput: Sendable, Equatable {
    /// Pixels of both sides.
    public let side: Int
    public let filter: ResizingFilter

    /// A sentence for the report.
    public var description: String {
        "rounded to 8 bits, resized to \(side)x\(side) as Pillow does in floating point (\(filter.rawValue), "
            + "antialiased), clipped, grey repeated to three channels"
    }

    /// [3, side, side], values 0 to 255.
    /// - Throws: `EvaluationError` for an image with opacity or of other than 8 bits.
    public func planes(of image: PixelImage) throws(EvaluationError) -> [Float] {
        guard image.bitDepth == 8, !image.hasAlpha, image.width != side || image.height != side else {
            return try Self.planes(unresized: image)
        }
        do {
            // With room below black and above white, so that nothing is clipped between the axes.
            let wide = try PixelImage(
                width: image.width, height: image.height, channels: image.channels, bitDepth: 16,
                samples: image.samples.map { $0 * UInt16(Self.scale) + UInt16(Self.black) })
            let resized = try wide.resized(height: side, width: side, filter: filter)
            return Self.planes(of: resized) { min(max(($0 - Self.black) / Self.scale, 0), 255) }
        } catch { throw EvaluationError(error.what, expected: error.expected, got: error.got) }
    }

    /// What a grey level is in 16 bits while an image is resized, and where black lies.
    private static let scale: Float = 128, black: Float = 16_384

    /// The image in its own size, [3, height, width].
    /// - Throws: as `planes(of:)`.
    static func planes(unresized image: PixelImage) throws(EvaluationError) -> [Float] {
        guard image.bitDepth == 8, !image.hasAlpha else {
            throw EvaluationError(
                "an image", expected: "8 bits without opacity",
                got: "\(image.bitDepth) bits, \(image.channels) channels")
        }
        return planes(of: image) { $0 }
    }

    /// [3, height, width] of what `level` makes of each sample.
    private static func planes(of image: PixelImage, level: (Float) -> Float) -> [Float] {
        let area = image.width * image.height, channels = image.channels
        var planes = [Float](repeating: 0, count: 3 * area)
        for channel in 0..<3 {
            let source = min(channel, channels - 1)
            for pixel in 0..<area {
                planes[channel * area + pixel] = level(Float(image.samples[pixel * channels + source]))
            }
        }
        return planes
    }
}
