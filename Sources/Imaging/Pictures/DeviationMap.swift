import Images

/// How much the images of one job differ from each other, pixel by pixel: where a restoration is sure, and where it
/// invents.
///
/// Sums are of whole numbers, so the order of the images cannot show.
public struct DeviationMap: Sendable {
    private let width: Int, height: Int, channels: Int
    /// 1 or 257: both depths on the steps of 16 bits.
    private let unit: UInt64
    private var sums: [UInt64]
    private var squares: [UInt64]
    public private(set) var count = 0

    /// For images like this one, which is not taken in.
    public init(like image: PixelImage) {
        (width, height, channels) = (image.width, image.height, image.channels)
        unit = image.bitDepth == 8 ? 257 : 1
        sums = [UInt64](repeating: 0, count: image.samples.count)
        squares = sums
    }

    /// Takes an image in; at most 2^32 of them.
    /// - Throws: `ImageError` if it has another size.
    public mutating func add(_ image: PixelImage) throws(ImageError) {
        guard image.width == width, image.height == height, image.channels == channels,
            (image.bitDepth == 8 ? 257 : 1) == unit
        else {
            throw ImageError(
                .invalidValue, "images to compare",
                expected: "\(width)x\(height) of \(channels) channels, all of one depth",
                got: "\(image.width)x\(image.height) of \(image.channels) channels, \(image.bitDepth) bits")
        }
        for (place, sample) in image.samples.enumerated() {
            let value = UInt64(sample) * unit
            sums[place] += value
            squares[place] += value * value
        }
        count += 1
    }

    /// The standard deviation over the images (of the images as a whole: the divisor is their number), of colours the
    /// root mean square of the channels. Grey of 16 bits; white is half the range from black to white, the largest
    /// deviation there can be.
    /// - Throws: `ImageError` before any image was taken in.
    public func image() throws(ImageError) -> PixelImage {
        guard count > 0 else {
            throw ImageError(.invalidValue, "images to compare", expected: "at least one", got: "none")
        }
        let number = Double(count)
        let samples = (0..<(width * height)).map { pixel in
            let variance = (0..<channels).reduce(0.0) { total, channel in
                let place = pixel * channels + channel
                let mean = Double(sums[place]) / number
                return total + max(0, Double(squares[place]) / number - mean * mean)
            }
            return UInt16(min(65535, (2 * (variance / Double(channels)).squareRoot()).rounded(.toNearestOrEven)))
        }
        return try PixelImage(width: width, height: height, channels: 1, bitDepth: 16, samples: samples)
    }
}
