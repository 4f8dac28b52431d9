import Images
import Numbers

/// How far the samples of two pictures of one size are apart.
public enum PixelError {
    /// The peak signal-to-noise ratio, 10 log10(white^2 / mean squared error) in dB over all channels; nil for equal
    /// pictures, of which it is infinite.
    /// - Throws: `EvaluationError` for pictures of different shapes.
    public static func peakSignalToNoise(_ first: PixelImage, _ second: PixelImage) throws(EvaluationError) -> Double? {
        try checkShapes(first, second)
        let sum = zip(first.samples, second.samples).reduce(0.0) {
            let apart = Double($1.0) - Double($1.1)
            return $0 + apart * apart
        }
        guard sum > 0 else { return nil }
        let white = Double(first.maximum)
        let ratio = white * white * Double(first.samples.count) / sum
        return 10 * ElementaryFunctions.log(ratio) / 2.302585092994046
    }

    /// - Throws: `EvaluationError` where sizes, channels or depths differ.
    static func checkShapes(_ first: PixelImage, _ second: PixelImage) throws(EvaluationError) {
        func shape(_ image: PixelImage) -> String {
            "\(image.width)x\(image.height) of \(image.channels) channels and \(image.bitDepth) bits"
        }
        guard shape(first) == shape(second) else {
            throw EvaluationError("pictures to compare", expected: shape(first), got: shape(second))
        }
    }
}
