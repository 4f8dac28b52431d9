import Diffusion
import Images

/// A finished trajectory as a file: PNG with its recipe and the marks of a synthetic image.
public enum SyntheticImage {
    /// - Parameter valueRange: what the network's numbers mean black and white.
    /// - Throws: `InvalidSetting` if the trajectory is not finished or holds numbers that are not finite; `ImageError`.
    public static func encode(_ trajectory: Trajectory, valueRange: ClosedRange<Double> = -1...1) throws -> EncodedPNG {
        let recipe = trajectory.recipe
        var planes = try trajectory.image()
        if valueRange != -1...1 {
            let low = Float(valueRange.lowerBound)
            let scale = 2 / Float(valueRange.upperBound - valueRange.lowerBound)
            planes = planes.map { ($0 - low) * scale - 1 }
        }
        let image = try PixelImage(
            planes: planes, width: recipe.width, height: recipe.height, channels: recipe.channels, bitDepth: recipe.bitDepth)
        let text = String(decoding: recipe.canonical, as: UTF8.self)
        return try PNGEncoder.encode(image, provenance: Provenance(recipe: text, sourceType: .trainedAlgorithmicMedia))
    }
}
