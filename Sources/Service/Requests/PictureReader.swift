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
        let image = try fitting(try opaque(image), channels)
        do throws(InvalidSetting) {
            return try InputImage(
                width: image.width, height: image.height, channels: image.channels, bitDepth: image.bitDepth, samples: image.samples)
        } catch {
            throw Refusal(detail: "expected \(error.expected), got \(error.got)")
        }
    }

    private func opaque(_ image: PixelImage) throws(Refusal) -> PixelImage {
        guard image.hasAlpha else { return image }
        let alphas = stride(from: image.channels - 1, to: image.samples.count, by: image.channels)
        guard alphas.allSatisfy({ Int(image.samples[$0]) == image.maximum }) else {
            throw Refusal(detail: "expected an opaque picture, got one with transparent pixels")
        }
        return image.droppingAlpha()
    }

    private func fitting(_ image: PixelImage, _ channels: Channels) throws(Refusal) -> PixelImage {
        switch channels {
        case .exactly(let count) where count == image.channels, .greyOr(let count) where count == image.channels: return image
        case .greyOr where image.channels == 1: return image
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
