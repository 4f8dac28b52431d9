import Images

/// The task of filling a part of an image. Everything outside the mask stays as it is, to the bit, if the bit depth
/// stays.
public struct Inpainting: Sendable, Equatable {
    /// Sampler, steps, seed and so on. Its width and height are taken from the image.
    public var generation: Generation
    /// Image and mask (white is filled).
    public var inputs: RestorationInputs
    /// `ddnm` or `repaint`.
    public var method = Restoration.Method.ddnm
    public var resampling = Restoration.Resampling.none

    public init(_ generation: Generation, image: PixelImage, mask: PixelImage) {
        self.generation = generation
        inputs = RestorationInputs(image: image, mask: mask)
    }

    /// The recipes of all images, checked as `Generation.series(for:)` checks them.
    ///
    /// - Throws: `InvalidSetting`, naming the field as the request spells it; `image` or `mask` if their sizes or
    ///   channels do not fit.
    public func series(for model: Generation.Model) throws(InvalidSetting) -> RecipeSeries {
        var generation = generation
        (generation.width, generation.height) = (inputs.image.width, inputs.image.height)
        guard model.concatenation == nil else {
            throw InvalidSetting(
                "model", expected: "a model that makes images from noise alone", got: "one trained for super-resolution"
            )
        }
        guard let mask = inputs.mask, mask.samples.contains(where: { $0 > 0 }) else {
            throw InvalidSetting(
                "mask", expected: "some white, which is filled", got: inputs.mask == nil ? "no mask" : "black alone")
        }
        return try generation.series(for: model) { (recipe) throws(InvalidSetting) in
            var restoration = Restoration(method: method, imageDigest: inputs.imageDigest)
            (restoration.maskDigest, restoration.resampling) = (inputs.maskDigest, resampling)
            restoration.valueRange = model.valueRange
            (recipe.kind, recipe.restoration) = (.inpainting, restoration)
            try RestorationInputs.checkSize(image: inputs.image, mask: mask, restoration: restoration, recipe: recipe)
        }
    }
}
