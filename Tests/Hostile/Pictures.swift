import Diffusion
import Images

/// Small pictures to work on.
public enum Pictures {
    public static let inpainting = RestorationInputs(image: picture(8), mask: picture(8))
    public static let enlarging = RestorationInputs(image: picture(4))

    private static func picture(_ side: Int) -> PixelImage {
        do {
            return try PixelImage(
                width: side, height: side, channels: 1, bitDepth: 8, samples: (0..<side * side).map { UInt16($0 % 3 * 127) })
        } catch { fatalError("a picture of the right size is refused: \(error)") }
    }

    /// A picture of 16 x 16 pixels that shows something.
    static func drawn(_ number: Int) -> PixelImage {
        let samples = (0..<256).map { UInt16(($0 % 16 * (number % 5 + 1) + $0 / 16 * (number % 3 + 2) * 3 + number * 17) % 256) }
        do {
            return try PixelImage(width: 16, height: 16, channels: 1, bitDepth: 8, samples: samples)
        } catch { fatalError("a picture of the right size is refused: \(error)") }
    }

    /// A picture as a PNG file, with a recipe if there is one.
    public static func png(_ image: PixelImage, recipe: String? = nil) -> [UInt8] {
        do {
            guard let recipe else { return try PNGEncoder.encode(image).bytes }
            return try PNGEncoder.encode(image, provenance: Provenance(recipe: recipe, sourceType: .trainedAlgorithmicMedia)).bytes
        } catch { fatalError("a picture is not written: \(error)") }
    }
}
