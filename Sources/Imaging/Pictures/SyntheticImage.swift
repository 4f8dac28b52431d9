import Diffusion
import Images
import JSON

/// A finished trajectory as a file: PNG with its recipe and the marks of a synthetic image.
public enum SyntheticImage {
    /// - Parameter valueRange: what the network's numbers mean black and white.
    /// - Throws: `InvalidSetting` if the trajectory is not finished or holds numbers that are not finite; `ImageError`.
    public static func encode(_ trajectory: Trajectory, valueRange: ClosedRange<Double> = -1...1) throws -> EncodedPNG {
        try encode(picture(of: trajectory, valueRange: valueRange), recipe: trajectory.recipe)
    }

    /// The pixels alone.
    package static func picture(of trajectory: Trajectory, valueRange: ClosedRange<Double>) throws -> PixelImage {
        try picture(try trajectory.image(), recipe: trajectory.recipe, valueRange: valueRange)
    }

    /// The pixels of numbers of the network's, [channels, height, width], in the recipe's size and depth.
    package static func picture(
        _ numbers: [Float], recipe: Recipe, valueRange: ClosedRange<Double>, bitDepth: Int? = nil
    ) throws -> PixelImage {
        var planes = numbers
        if valueRange != -1...1 {
            let low = Float(valueRange.lowerBound)
            let scale = 2 / Float(valueRange.upperBound - valueRange.lowerBound)
            planes = planes.map { ($0 - low) * scale - 1 }
        }
        return try PixelImage(
            planes: planes, width: recipe.width, height: recipe.height, channels: recipe.channels,
            bitDepth: bitDepth ?? recipe.bitDepth)
    }

    /// The file of a picture that a trajectory has made, with the trajectory's recipe in it.
    /// - Throws: `ImageError`.
    public static func encode(_ picture: PixelImage, recipe: Recipe) throws(ImageError) -> EncodedPNG {
        try PNGEncoder.encode(
            picture, provenance: provenance(recipe: String(decoding: recipe.canonical, as: UTF8.self)))
    }

    /// The same image, recipe and marks as DICOM Secondary Capture: a pure function of the PNG.
    /// - Parameter png: what `encode` wrote.
    /// - Throws: `ImageError`, also if the PNG carries no recipe, or one that is too long for DICOM.
    public static func dicom(_ png: [UInt8]) throws(ImageError) -> [UInt8] {
        let decoded = try PNGDecoder.decode(png, limits: .made)
        guard let recipe = decoded.recipe else {
            throw ImageError(.invalidValue, "PNG", expected: "a recipe", got: "none")
        }
        return try dicom(decoded.image, recipe: recipe)
    }

    /// - Parameter recipe: as `dicom(_:)` finds it in the PNG.
    static func dicom(_ image: PixelImage, recipe: String) throws(ImageError) -> [UInt8] {
        // Images that differ by their seeds alone belong together.
        var study = object(recipe)
        study["seed"] = nil
        return try DICOMEncoder.encode(
            image, provenance: provenance(recipe: recipe),
            study: String(decoding: study.serialized(sortedKeys: true), as: UTF8.self))
    }

    private static func provenance(recipe: String) -> Provenance {
        let isRestored = object(recipe)["restoration"] != nil
        return Provenance(
            recipe: recipe, sourceType: isRestored ? .compositeWithTrainedAlgorithmicMedia : .trainedAlgorithmicMedia)
    }

    /// What is no object has no members.
    private static func object(_ recipe: String) -> JSONObject {
        (try? JSONReader().read(Array(recipe.utf8)))?.object ?? JSONObject()
    }
}
