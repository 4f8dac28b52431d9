import Bytes

/// What a recipe says beyond generation when an image is made from a given one: how, and from which pixels.
public struct Restoration: Sendable, Equatable {
    public enum Method: String, Sendable, CaseIterable {
        /// Range-null space decomposition (Wang, Yu & Zhang 2023, arXiv 2212.00490): what is known of the clean image
        /// is put in exactly at every step. For every unconditional or class-conditional model.
        case ddnm
        /// The known part at the noise of each step (Lugmayr et al. 2022, arXiv 2201.09865); inpainting only.
        case repaint
        /// A model trained for it, which sees the low-resolution image in further channels; super-resolution only.
        case conditional
    }

    /// Going up the schedule again and down: RePaint's jumps, DDNM's time travel.
    public struct Resampling: Sendable, Equatable {
        /// Steps of a jump.
        public var length: Int
        /// How often each stretch is walked; 1 is once, without jumps.
        public var count: Int

        public init(length: Int, count: Int) {
            (self.length, self.count) = (length, count)
        }

        /// Without jumps.
        public static let none = Resampling(length: 1, count: 1)
    }

    public var method: Method
    /// `PixelImage.digest` of the image to fill or to enlarge.
    public var imageDigest: Digest
    /// `PixelImage.digest` of the mask; inpainting only.
    public var maskDigest: Digest?
    /// 2, 4 or 8; super-resolution only.
    public var scale: Int?
    public var resampling = Resampling.none
    /// Standard deviation of the noise in the given image, as a part of the range from black to white, 0 ... 1 (DDNM+).
    public var noiseLevel = 0.0
    /// The network's numbers for black and white.
    public var valueRange = -1.0...1.0
    /// How a conditional model is shown the image.
    public var concatenation: Concatenation?

    public init(method: Method, imageDigest: Digest) {
        (self.method, self.imageDigest) = (method, imageDigest)
    }

    /// Scales of super-resolution.
    public static let scales = [2, 4, 8]

    /// Refuses what does not go together, of a recipe of this kind and sampler.
    package func validate(_ kind: Recipe.Kind, sampler: SamplerKind) throws(InvalidSetting) {
        guard noiseLevel >= 0, noiseLevel <= 1 else {
            throw InvalidSetting("noise_level", expected: "a number from 0 to 1", got: "\(noiseLevel)")
        }
        guard valueRange.lowerBound < valueRange.upperBound, valueRange.lowerBound.isFinite,
            valueRange.upperBound.isFinite
        else {
            throw InvalidSetting("value_range", expected: "two numbers, the lower first", got: "\(valueRange)")
        }
        switch kind {
        case .generation: throw InvalidSetting("restoration", expected: "nothing in a generation", got: method.rawValue)
        case .inpainting: try validateInpainting()
        case .superResolution: try validateSuperResolution()
        }
        guard resampling.length >= 1, resampling.length <= 1000, resampling.count >= 1, resampling.count <= 1000 else {
            throw InvalidSetting(
                "resample", expected: "length and count from 1 to 1000",
                got: "\(resampling.length) and \(resampling.count)")
        }
        guard resampling.count == 1 || method != .conditional else {
            throw InvalidSetting(
                "resample", expected: "nothing with method conditional", got: "count \(resampling.count)")
        }
        try validate(sampler)
    }

    private func validateInpainting() throws(InvalidSetting) {
        guard method != .conditional else {
            throw InvalidSetting("method", expected: "ddnm or repaint", got: method.rawValue)
        }
        guard concatenation == nil else {
            throw InvalidSetting("concatenation", expected: "none in inpainting", got: "one")
        }
        guard maskDigest != nil else { throw InvalidSetting("mask", expected: "a mask", got: "none") }
        guard scale == nil else { throw InvalidSetting("scale", expected: "none in inpainting", got: "one") }
        guard noiseLevel == 0 else {
            throw InvalidSetting(
                "noise_level", expected: "0, because what is kept is kept to the bit", got: "\(noiseLevel)")
        }
    }

    private func validateSuperResolution() throws(InvalidSetting) {
        guard method != .repaint else {
            throw InvalidSetting("method", expected: "ddnm or conditional", got: method.rawValue)
        }
        guard maskDigest == nil else { throw InvalidSetting("mask", expected: "none in super-resolution", got: "one") }
        guard let scale, Self.scales.contains(scale) else {
            throw InvalidSetting("scale", expected: "2, 4 or 8", got: scale.map(String.init) ?? "none")
        }
        guard (method == .conditional) == (concatenation != nil) else {
            throw InvalidSetting(
                "method",
                expected: concatenation == nil
                    ? "ddnm, because the model was not trained for it" : "conditional, which the model needs",
                got: method.rawValue)
        }
        guard noiseLevel == 0 || method == .ddnm else {
            throw InvalidSetting("noise_level", expected: "0 with method conditional", got: "\(noiseLevel)")
        }
    }

    private func validate(_ sampler: SamplerKind) throws(InvalidSetting) {
        switch method {
        case .repaint:
            guard sampler == .ddim || sampler == .ddpm else {
                throw InvalidSetting(
                    "sampler", expected: "ddim or ddpm, because repaint goes back up the schedule",
                    got: sampler.rawValue)
            }
        case .ddnm where sampler != .ddim:
            guard sampler != .probabilityFlow else {
                throw InvalidSetting(
                    "sampler",
                    expected: "one of fixed steps, because what is put into each estimate would count as its error",
                    got: sampler.rawValue)
            }
            guard resampling.count == 1 else {
                throw InvalidSetting("sampler", expected: "ddim, because of resample", got: sampler.rawValue)
            }
            guard noiseLevel == 0 else {
                throw InvalidSetting("sampler", expected: "ddim, because of noise_level", got: sampler.rawValue)
            }
        case .ddnm, .conditional: break
        }
    }
}
