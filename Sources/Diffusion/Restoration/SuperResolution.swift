import Images

/// The task of enlarging an image 2, 4 or 8 times, so that means over blocks of the answer give the image back.
public struct SuperResolution: Sendable, Equatable {
    /// Sampler, steps, seed and so on. Its width and height are taken from image and scale.
    public var generation: Generation
    /// The low-resolution image. Of a colour model it may be grey: then the mean of the channels is what is known.
    public var inputs: RestorationInputs
    public var scale: Int
    /// `ddnm`, or `conditional` for a model that was trained for it; nil takes the one the model is for.
    public var method: Restoration.Method?
    public var resampling = Restoration.Resampling.none
    /// Standard deviation of the noise in the image as a part of the range from black to white, 0 ... 1; 0 trusts every
    /// pixel.
    public var noiseLevel = 0.0

    public init(_ generation: Generation, image: PixelImage, scale: Int) {
        self.generation = generation
        inputs = RestorationInputs(image: image)
        self.scale = scale
    }

    /// The recipes of all images, checked as `Generation.series(for:)` checks them.
    ///
    /// - Throws: `InvalidSetting`, naming the field as the request spells it; `image` if its size times the scale is
    ///   not one the model can make.
    public func series(for model: Generation.Model) throws(InvalidSetting) -> RecipeSeries {
        guard Restoration.scales.contains(scale) else {
            throw InvalidSetting("scale", expected: "2, 4 or 8", got: "\(scale)")
        }
        var generation = generation
        (generation.width, generation.height) = (inputs.image.width * scale, inputs.image.height * scale)
        let divisor = max(1, model.sizeDivisor)
        guard inputs.image.width * scale % divisor == 0, inputs.image.height * scale % divisor == 0 else {
            throw InvalidSetting(
                "image", expected: "sides that times \(scale) are multiples of \(divisor)",
                got: "\(inputs.image.width) x \(inputs.image.height) pixels")
        }
        return try generation.series(for: model) { (recipe) throws(InvalidSetting) in
            let method = method ?? (model.concatenation == nil ? .ddnm : .conditional)
            var restoration = Restoration(method: method, imageDigest: inputs.imageDigest)
            (restoration.scale, restoration.resampling, restoration.noiseLevel) = (scale, resampling, noiseLevel)
            (restoration.valueRange, restoration.concatenation) = (model.valueRange, model.concatenation)
            (recipe.kind, recipe.restoration) = (.superResolution, restoration)
            try RestorationInputs.checkSize(image: inputs.image, mask: nil, restoration: restoration, recipe: recipe)
        }
    }
}
