import Bytes
import Diffusion
import Images
import JSON

/// What a request for inpainting or super-resolution says beyond one for images from noise, with its defaults filled
/// in.
public struct RestorationRequest: Sendable, Equatable {
    /// Inpainting or super-resolution.
    public var kind: Recipe.Kind
    public var method: Restoration.Method
    public var resampling: Restoration.Resampling
    /// Of super-resolution.
    public var scale: Int?
    /// Of super-resolution: the noise in the image, as a part of the range from black to white.
    public var noiseLevel: Double
    /// What is filled or enlarged, and the mask as it is meant (`FillMask`).
    public var inputs: RestorationInputs
    /// What was assumed of the mask that was given; nil if nothing.
    public var maskNote: String?

    /// Of the images to be made.
    var size: (width: Int, height: Int) { (inputs.image.width * (scale ?? 1), inputs.image.height * (scale ?? 1)) }

    /// The fields beyond `GenerationRequest.fields`. `image` and `mask` hold pixels in whatever form they were sent,
    /// or, in a job, what `json` writes; they are read elsewhere, and come to the validator as `RestorationInputs`.
    static func fields(_ kind: Recipe.Kind) -> [String] {
        switch kind {
        case .generation: []
        case .inpainting: ["image", "mask", "method", "resample"]
        case .superResolution: ["image", "scale", "method", "resample", "noise_level"]
        }
    }

    /// Those of the fields that are pictures.
    package static func pictures(_ kind: Recipe.Kind) -> [String] {
        fields(kind).filter { ["image", "mask"].contains($0) }
    }

    /// Adds what a job stores: pixels by their hash.
    func write(to object: inout JSONObject) {
        object["image"] = .object(Self.reference(inputs.image, inputs.imageDigest))
        if let mask = inputs.mask, let digest = inputs.maskDigest {
            var reference = Self.reference(mask, digest)
            reference["note"] = maskNote.map { .string($0) }
            object["mask"] = .object(reference)
        }
        object["scale"] = scale.map { .integer($0) }
        object["method"] = .string(method.rawValue)
        object["resample"] = resampling.json
        if kind == .superResolution { object["noise_level"] = .double(noiseLevel) }
    }

    private static func reference(_ image: PixelImage, _ digest: Digest) -> JSONObject {
        [
            "sha256": .string(digest.hexadecimal), "width": .integer(image.width), "height": .integer(image.height),
            "channels": .integer(image.channels), "bit_depth": .integer(image.bitDepth),
        ]
    }

    /// The recipes of all images.
    /// - Throws: `InvalidSetting` for what the task, the sampler or the schedule of the model refuses.
    func series(_ generation: Generation, for model: Generation.Model) throws(InvalidSetting) -> RecipeSeries {
        switch (kind, scale, inputs.mask) {
        case (.superResolution, let scale?, _):
            var task = SuperResolution(generation, image: inputs.image, scale: scale)
            (task.method, task.resampling, task.noiseLevel) = (method, resampling, noiseLevel)
            return try task.series(for: model)
        case (.inpainting, _, let mask?):
            var task = Inpainting(generation, image: inputs.image, mask: mask)
            (task.method, task.resampling) = (method, resampling)
            return try task.series(for: model)
        default:
            throw InvalidSetting(kind == .inpainting ? "mask" : "scale", expected: "a value", got: "nothing")
        }
    }
}
