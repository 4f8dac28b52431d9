import Diffusion
import Images

/// Small pictures to work on.
public enum Pictures {
    public static let inpainting = RestorationInputs(image: picture(8), mask: picture(8))
    public static let enlarging = RestorationInputs(image: picture(4))

    private static func picture(_ side: Int) -> InputImage {
        do {
            return try InputImage(
                width: side, height: side, channels: 1, bitDepth: 8, samples: (0..<side * side).map { UInt16($0 % 3 * 127) })
        } catch { fatalError("a picture of the right size is refused: \(error)") }
    }

    /// A picture as a PNG file, with a recipe if there is one.
    public static func png(_ image: InputImage, recipe: String? = nil) -> [UInt8] {
        do {
            let pixels = try PixelImage(
                width: image.width, height: image.height, channels: image.channels, bitDepth: image.bitDepth, samples: image.samples)
            guard let recipe else { return try PNGEncoder.encode(pixels).bytes }
            return try PNGEncoder.encode(pixels, provenance: Provenance(recipe: recipe, sourceType: .trainedAlgorithmicMedia)).bytes
        } catch { fatalError("a picture is not written: \(error)") }
    }
}
