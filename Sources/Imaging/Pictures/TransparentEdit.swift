import Images

// Pictures as editors of images in the manner of OpenAI send them: what is transparent is to be filled.
extension GenerationValidator {
    /// The pictures of an inpainting that such pictures ask for. A mask that is opaque is taken as Phantom's own, white
    /// where to fill; without a mask the image's own transparent pixels are filled. What cannot be read stays as it is:
    /// it is refused with the other fields.
    package func edit(_ pictures: [String: UploadedPicture]) -> [String: UploadedPicture] {
        var pictures = pictures
        if let image = decoded(pictures["image"]), !image.isOpaque {
            if pictures["mask"] == nil { pictures["mask"] = Self.fill(of: image) }
            pictures["image"] = Self.file(image.droppingAlpha())
        }
        if pictures["mask"] == nil { pictures["mask"] = .unreadable(Self.noMask) }
        if let mask = decoded(pictures["mask"]), !mask.isOpaque { pictures["mask"] = Self.fill(of: mask) }
        return pictures
    }

    private static let noMask =
        "required where the image is opaque: a picture of its size, transparent where to fill"

    private func decoded(_ picture: UploadedPicture?) -> PixelImage? {
        guard case .file(let bytes)? = picture else { return nil }
        return try? PictureReader(pixels: limits.pixels).picture(bytes)
    }

    /// White where the picture is transparent, black where it is opaque.
    private static func fill(of picture: PixelImage) -> UploadedPicture {
        let places = stride(from: picture.channels - 1, to: picture.samples.count, by: picture.channels)
        let samples = places.map { UInt16(picture.maximum) - picture.samples[$0] }
        let mask = try? PixelImage(
            width: picture.width, height: picture.height, channels: 1, bitDepth: picture.bitDepth, samples: samples)
        return mask.map(file) ?? .unreadable("expected a picture, got one that has no mask")
    }

    private static func file(_ image: PixelImage) -> UploadedPicture {
        do throws(ImageError) {
            return .file(try PNGEncoder.encode(image).bytes)
        } catch {
            return .unreadable("\(error)")
        }
    }
}
