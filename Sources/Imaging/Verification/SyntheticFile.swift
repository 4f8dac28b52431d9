import Diffusion
import Images

/// A file that says of itself how it was made here, PNG or DICOM.
public struct SyntheticFile: Sendable {
    public enum Format: String, Sendable {
        case png = "image/png"
        case dicom = "application/dicom"
    }

    public let format: Format
    public let bytes: [UInt8]
    public let image: PixelImage
    public let recipe: Recipe

    /// Why a file cannot be verified.
    public struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
        public let description: String
    }

    /// - Parameter pixels: width times height at most.
    /// - Throws: for what is no PNG or DICOM file, is damaged or too large, or carries no recipe that can be run by
    ///   this program.
    public init(_ bytes: [UInt8], pixels: Int) throws(Refusal) {
        self.bytes = bytes
        let text: String?
        do throws(ImageError) {
            if DICOMDecoder.accepts(bytes) {
                let decoded = try DICOMDecoder.decode(bytes, pixels: pixels)
                (format, image, text) = (.dicom, decoded.image, decoded.recipe)
            } else {
                let decoded = try PNGDecoder.decode(bytes, limits: .made(pixels: pixels))
                (format, image, text) = (.png, decoded.image, decoded.recipe)
            }
        } catch {
            throw Refusal(
                description: error.kind == .notPNG
                    ? "expected a PNG or DICOM file, got \(ForeignPicture.description(bytes))" : "\(error)")
        }
        guard let text else { throw Refusal(description: "expected a file that carries its recipe, got one without") }
        do {
            recipe = try Recipe(bytes: Array(text.utf8))
        } catch {
            throw Refusal(description: "its recipe cannot be run by this program: \(error)")
        }
    }

    /// Compares the file with what its recipe has made now.
    /// - Parameter png: the image made again, as `SyntheticImage.encode` writes it.
    /// - Throws: `ImageError`.
    public func compare(withMade png: [UInt8]) throws -> Comparison {
        let made = try PNGDecoder.decode(png, limits: .made)
        let pixels = Comparison.Pixels(image, made.image)
        switch format {
        case .png:
            let own = try PNGDecoder.texts(bytes, limits: .made)
            let keywords = Set((own + made.texts).map(\.keyword)).sorted()
            return Comparison(
                pixels: pixels,
                metadata: keywords.filter { keyword in
                    own.filter { $0.keyword == keyword } != made.texts.filter { $0.keyword == keyword }
                })
        case .dicom:
            return Comparison(
                pixels: pixels,
                metadata: try DICOMDecoder.differences(bytes, SyntheticImage.dicom(png)).map(\.description))
        }
    }
}
