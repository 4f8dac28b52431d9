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

    /// - Throws: for a file that is neither PNG nor uncompressed DICOM, is damaged, too large, or cannot be taken
    ///   without a loss.
    func read(_ bytes: [UInt8], channels: Channels) throws(Refusal) -> PixelImage {
        let picture = try picture(bytes)
        guard picture.isOpaque else { throw Self.transparency(channels) }
        let image = try fitting(picture.droppingAlpha(), channels)
        guard Recipe.sides.contains(image.width), Recipe.sides.contains(image.height) else {
            throw Refusal(
                detail: "expected sides of 1 to \(Recipe.sides.upperBound) pixels, got \(image.width) x \(image.height)"
            )
        }
        return image
    }

    /// The decoded file, whichever of the two it is.
    func picture(_ bytes: [UInt8]) throws(Refusal) -> PixelImage {
        do throws(ImageError) {
            if DICOMDecoder.accepts(bytes) { return try DICOMDecoder.decode(bytes, pixels: pixels).image }
            return try PNGDecoder.decode(bytes, limits: PNGLimits(pixels: pixels)).image
        } catch {
            if error.kind == .notPNG {
                throw Refusal(detail: "expected a PNG or DICOM file, got \(ForeignPicture.description(bytes))")
            }
            throw Refusal(detail: "\(error)")
        }
    }

    private func fitting(_ image: PixelImage, _ channels: Channels) throws(Refusal) -> PixelImage {
        switch channels {
        case .exactly(let count) where count == image.channels, .greyOr(let count) where count == image.channels: image
        case .greyOr where image.channels == 1: image
        case .mask: try image.channels == 1 ? image : maskLevels(image)
        case .exactly(1), .greyOr(1): try grey(image)
        case .exactly, .greyOr: image.inColour()
        }
    }

    /// The grey picture that a colour picture without colours is.
    private func grey(_ image: PixelImage) throws(Refusal) -> PixelImage {
        if let grey = image.inGrey() { return grey }
        let place = image.firstColouredPixel.map { " at pixel (\($0.x), \($0.y))" } ?? ""
        throw Refusal(detail: "expected a grey picture, as the model makes grey ones, got a colour\(place)")
    }
}

extension PictureReader.Channels {
    /// What the given image of a task may be: of the image's channels, and where it is enlarged by any model also grey,
    /// which says of a colour image the mean of its channels.
    /// - Parameters:
    ///   - channels: of the images that the model makes.
    ///   - concatenation: of a model trained for super-resolution, which is shown what it was trained with.
    static func image(of kind: Recipe.Kind, channels: Int, concatenation: Concatenation?) -> PictureReader.Channels {
        kind == .superResolution && concatenation == nil ? .greyOr(channels) : .exactly(channels)
    }
}
