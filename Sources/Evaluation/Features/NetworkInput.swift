import Images

/// How an image of 8 bits becomes the square RGB input of a network: resized as Pillow does, which widens the kernel by
/// the reduction so that nothing aliases (Parmar et al. 2022), and grey repeated.
public struct NetworkInput: Sendable, Equatable {
    /// Pixels of both sides.
    public let side: Int
    public let filter: ResizingFilter

    /// A sentence for the report.
    public var description: String {
        "rounded to 8 bits, resized to \(side)x\(side) as Pillow does (\(filter.rawValue), antialiased), grey repeated "
            + "to three channels"
    }

    /// [3, side, side], values 0 to 255.
    /// - Throws: `EvaluationError` for an image with opacity or of other than 8 bits.
    public func planes(of image: PixelImage) throws(EvaluationError) -> [Float] {
        guard image.width != side || image.height != side, !image.hasAlpha else {
            return try Self.planes(unresized: image)
        }
        do {
            return try Self.planes(unresized: image.resized(height: side, width: side, filter: filter))
        } catch let error as ImageError {
            throw EvaluationError(error.what, expected: error.expected, got: error.got)
        } catch let error as EvaluationError {
            throw error
        } catch { throw EvaluationError("an image", expected: "one that can be resized", got: "\(error)") }
    }

    /// The image in its own size, [3, height, width].
    /// - Throws: as `planes(of:)`.
    static func planes(unresized image: PixelImage) throws(EvaluationError) -> [Float] {
        guard image.bitDepth == 8, !image.hasAlpha else {
            throw EvaluationError(
                "an image", expected: "8 bits without opacity",
                got: "\(image.bitDepth) bits, \(image.channels) channels")
        }
        let area = image.width * image.height, channels = image.channels
        var planes = [Float](repeating: 0, count: 3 * area)
        for channel in 0..<3 {
            let source = min(channel, channels - 1)
            for pixel in 0..<area { planes[channel * area + pixel] = Float(image.samples[pixel * channels + source]) }
        }
        return planes
    }
}
