import Diffusion
import Images

/// Files from outside -> pixels that a task can work on.
struct PictureReader: Sendable {
    /// Width times height at most.
    let pixels: Int

    /// A picture that does not fit, as its field is told.
    struct Refusal: Error, Sendable, CustomStringConvertible {
        let detail: String

        var description: String { detail }
    }

    /// How many channels a task wants.
    enum Channels: Sendable {
        /// 1 or 3. Others are converted where nothing is lost: colours that are grey to grey, grey to colours.
        case exactly(Int)
        /// 1 or these.
        case greyOr(Int)
        /// 1; of a picture in two colours, of which one is the brighter in every channel, their means.
        case mask
    }

    /// - Throws: for a file that is neither PNG nor uncompressed DICOM, is damaged, too large, or cannot be taken without a loss.
    func read(_ bytes: [UInt8], channels: Channels) throws(Refusal) -> InputImage {
        try input(picture(bytes), channels: channels)
    }

    /// The decoded file, whichever of the two it is.
    func picture(_ bytes: [UInt8]) throws(Refusal) -> PixelImage {
        do throws(ImageError) {
            if DICOMDecoder.accepts(bytes) { return try DICOMDecoder.decode(bytes, pixels: pixels).image }
            return try PNGDecoder.decode(bytes, limits: PNGLimits(pixels: pixels)).image
        } catch {
            if error.kind == .notPNG { throw Refusal(detail: "expected a PNG or DICOM file, got \(ForeignPicture.description(bytes))") }
            throw Refusal(detail: "\(error)")
        }
    }

    private func input(_ image: PixelImage, channels: Channels) throws(Refusal) -> InputImage {
        let image = try fitting(try opaque(image, channels), channels)
        do throws(InvalidSetting) {
            return try InputImage(
                width: image.width, height: image.height, channels: image.channels, bitDepth: image.bitDepth, samples: image.samples)
        } catch {
            throw Refusal(detail: "expected \(error.expected), got \(error.got)")
        }
    }

    private func opaque(_ image: PixelImage, _ channels: Channels) throws(Refusal) -> PixelImage {
        guard image.hasAlpha else { return image }
        let alphas = stride(from: image.channels - 1, to: image.samples.count, by: image.channels)
        guard alphas.allSatisfy({ Int(image.samples[$0]) == image.maximum }) else {
            guard case .mask = channels else {
                throw Refusal(detail: "expected an opaque picture, got one with transparent pixels")
            }
            // Whether what is transparent is to be filled or kept is a matter of the program that made it.
            throw Refusal(
                detail: "expected an opaque mask, white where it is to be filled, got one with transparent pixels; "
                    + "magick in.png -alpha extract -negate mask.png fills what is transparent, "
                    + "without -negate what is opaque")
        }
        return image.droppingAlpha()
    }

    private func fitting(_ image: PixelImage, _ channels: Channels) throws(Refusal) -> PixelImage {
        switch channels {
        case .exactly(let count) where count == image.channels, .greyOr(let count) where count == image.channels: return image
        case .greyOr where image.channels == 1: return image
        case .mask where image.channels == 1: return image
        case .mask: return try maskLevels(image)
        case .exactly(1), .greyOr(1): return try grey(image)
        case .exactly, .greyOr: return try repeated(image, channels: 3)
        }
    }

    /// The grey picture that a colour picture without colours is.
    private func grey(_ image: PixelImage) throws(Refusal) -> PixelImage {
        let pixels = stride(from: 0, to: image.samples.count, by: 3)
        for pixel in pixels where image.samples[pixel] != image.samples[pixel + 1] || image.samples[pixel] != image.samples[pixel + 2] {
            let (x, y) = (pixel / 3 % image.width, pixel / 3 / image.width)
            throw Refusal(detail: "expected a grey picture, as the model makes grey ones, got a colour at pixel (\(x), \(y))")
        }
        return try made(image, channels: 1, samples: pixels.map { image.samples[$0] })
    }

    /// The mask that a picture in colours is: the shades of a grey one, or the means of two colours that have an order,
    /// as black and the dark red of a label map.
    private func maskLevels(_ image: PixelImage) throws(Refusal) -> PixelImage {
        let samples = image.samples, pixels = stride(from: 0, to: samples.count, by: 3)
        func isGrey(_ pixel: Int) -> Bool {
            samples[pixel] == samples[pixel + 1] && samples[pixel] == samples[pixel + 2]
        }
        if pixels.allSatisfy(isGrey) { return try made(image, channels: 1, samples: pixels.map { samples[$0] }) }
        func areEqual(_ a: Int, _ b: Int) -> Bool {
            samples[a] == samples[b] && samples[a + 1] == samples[b + 1] && samples[a + 2] == samples[b + 2]
        }
        let other = pixels.first { !areEqual($0, 0) } ?? 0
        let first = samples[0..<3].map(Int.init), second = samples[other..<other + 3].map(Int.init)
        let means = (first.reduce(0, +) / 3, second.reduce(0, +) / 3)
        let haveOrder =
            means.0 != means.1 && [zip(first, second), zip(second, first)].contains { $0.allSatisfy { $0 <= $1 } }
        let areAll = pixels.allSatisfy { areEqual($0, 0) || areEqual($0, other) }
        guard haveOrder, areAll else {
            throw Refusal(
                detail: "expected a mask in shades of grey, white where it is to be filled, or in two colours of which "
                    + "one is brighter, got \(areAll ? "two colours, neither of them brighter in each channel" : "three colours or more"); "
                    + "draw what is to be filled in white on black")
        }
        return try made(image, channels: 1, samples: pixels.map { UInt16(areEqual($0, 0) ? means.0 : means.1) })
    }

    private func repeated(_ image: PixelImage, channels: Int) throws(Refusal) -> PixelImage {
        try made(image, channels: channels, samples: image.samples.flatMap { [UInt16](repeating: $0, count: channels) })
    }

    private func made(_ image: PixelImage, channels: Int, samples: [UInt16]) throws(Refusal) -> PixelImage {
        do throws(ImageError) {
            return try PixelImage(
                width: image.width, height: image.height, channels: channels, bitDepth: image.bitDepth, samples: samples)
        } catch {
            throw Refusal(detail: "\(error)")
        }
    }
}
