import Bytes
import Images

/// The pixels a restoration begins with. A recipe names them by digest; whoever makes or resumes a trajectory brings
/// them.
public struct RestorationInputs: Sendable, Equatable {
    /// To fill: of the recipe's size. To enlarge: of the recipe's size divided by the scale. 1 channel or 3.
    public var image: PixelImage {
        didSet { imageDigest = image.digest }
    }
    /// Grey, of the image's size: white is filled, black is kept, between them the two are blended. Nil in
    /// super-resolution.
    public var mask: PixelImage? {
        didSet { maskDigest = mask?.digest }
    }
    /// `PixelImage.digest` of the image, by which recipes and jobs name it.
    public private(set) var imageDigest: Digest
    /// `PixelImage.digest` of the mask.
    public private(set) var maskDigest: Digest?

    /// Reckons the digests of both, once.
    public init(image: PixelImage, mask: PixelImage? = nil) {
        (self.image, self.mask) = (image, mask)
        (imageDigest, maskDigest) = (image.digest, mask?.digest)
    }

    /// 1 where the image is kept, 0 where it is filled, [height * width]; nil without a mask.
    var keep: [Float]? {
        mask.map { mask in mask.samples.map { Float(Double(mask.maximum - Int($0)) / Double(mask.maximum)) } }
    }

    /// What these say of the image to be made, once `check` has found them to be what the recipe is about.
    func measurement(for recipe: Recipe, _ restoration: Restoration) -> Measurement {
        let (low, high) = (restoration.valueRange.lowerBound, restoration.valueRange.upperBound)
        let range = Float(low)...Float(high)
        let planes = image.planes(in: restoration.valueRange)
        if let keep {
            let system = MaskOperator(keep: keep)
            return Measurement(system: system, measured: system.measure(planes), range: range)
        }
        var system: any LinearOperator = MeanPoolOperator(
            scale: restoration.scale ?? 1, width: recipe.width, height: recipe.height)
        if image.channels < recipe.channels {
            system = CompositeOperator(outer: ChannelMeanOperator(channels: recipe.channels), inner: system)
        }
        return Measurement(
            system: system, measured: planes, deviation: restoration.noiseLevel * (high - low), range: range)
    }

    /// - Throws: `InvalidSetting` (field `image` or `mask`) if these are not what the recipe is about.
    func check(_ recipe: Recipe, _ restoration: Restoration) throws(InvalidSetting) {
        guard imageDigest == restoration.imageDigest else {
            throw InvalidSetting(
                "image", expected: "the pixels of SHA-256 \(restoration.imageDigest)", got: "\(imageDigest)")
        }
        guard maskDigest == restoration.maskDigest else {
            throw InvalidSetting(
                "mask", expected: "the pixels of SHA-256 \(restoration.maskDigest?.hexadecimal ?? "none")",
                got: maskDigest?.hexadecimal ?? "none")
        }
        try Self.checkSize(image: image, mask: mask, restoration: restoration, recipe: recipe)
    }

    /// What an image must be for a recipe.
    static func checkSize(
        image: PixelImage, mask: PixelImage?, restoration: Restoration, recipe: Recipe
    ) throws(InvalidSetting) {
        let scale = restoration.scale ?? 1
        guard image.width * scale == recipe.width, image.height * scale == recipe.height else {
            throw InvalidSetting(
                "image", expected: "\(recipe.width / scale) x \(recipe.height / scale) pixels",
                got: "\(image.width) x \(image.height)")
        }
        // A grey image says of each pixel of a colour image the mean of its channels.
        let isGreyOfColour = restoration.scale != nil && restoration.method == .ddnm && image.channels == 1
        guard image.channels == recipe.channels || isGreyOfColour else {
            throw InvalidSetting("image", expected: "\(recipe.channels) channels", got: "\(image.channels)")
        }
        guard let mask else { return }
        guard mask.width == image.width, mask.height == image.height else {
            throw InvalidSetting(
                "mask", expected: "the image's size, \(image.width) x \(image.height)",
                got: "\(mask.width) x \(mask.height)")
        }
        guard mask.channels == 1 else { throw InvalidSetting("mask", expected: "1 channel", got: "\(mask.channels)") }
    }
}
