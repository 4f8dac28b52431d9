import Checkpoints
import Diffusion
import FoundationEssentials
import JSON

/// What a command asks for: the body of a request, and the files of the pictures that come with it.
public struct OfflineTask: Sendable {
    public var kind: Recipe.Kind
    /// The fields of the request without its pictures.
    public var body: JSONObject
    /// Paths of PNG or DICOM files.
    public var image: String?
    /// White is filled.
    public var mask: String?

    /// Images from noise.
    public init(generation body: JSONObject) {
        (kind, self.body) = (.generation, body)
    }

    public init(inpainting body: JSONObject, image: String, mask: String) {
        (kind, self.body, self.image, self.mask) = (.inpainting, body, image, mask)
    }

    public init(superResolution body: JSONObject, image: String) {
        (kind, self.body, self.image) = (.superResolution, body, image)
    }

    /// The pictures as the model takes them, nil for a generation; what was assumed of the mask goes to the body, as in
    /// a job.
    ///
    /// - Throws: `PictureError` for a file that cannot be read or is no picture the model takes.
    mutating func inputs(for model: ModelFacts, pixels: Int) throws -> RestorationInputs? {
        guard let image else { return nil }
        let channels = PictureReader.Channels.image(
            of: kind, channels: model.generation.channels, concatenation: model.generation.concatenation)
        let given = try Self.read(image) { bytes throws(PictureReader.Refusal) in
            try PictureReader(pixels: pixels).read(bytes, channels: channels)
        }
        guard let path = mask else { return RestorationInputs(image: given) }
        let mask = try Self.read(path) { bytes throws(PictureReader.Refusal) in
            try FillMask(PictureReader(pixels: pixels).read(bytes, channels: .mask))
        }
        if let note = mask.note { body["mask"] = ["note": .string(note)] }
        return RestorationInputs(image: given, mask: mask.image)
    }

    private static func read<Picture>(_ path: String, _ reading: ([UInt8]) throws(PictureReader.Refusal) -> Picture)
        throws -> Picture
    {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw PictureError.unreadable(path)
        }
        do throws(PictureReader.Refusal) {
            return try reading(Array(bytes))
        } catch {
            throw PictureError(path: path, detail: error.detail)
        }
    }
}

/// A file of a command that cannot be worked on.
public struct PictureError: Error, Sendable, Equatable, CustomStringConvertible {
    public let path: String
    public let detail: String

    public var description: String { "\(path): \(detail)" }

    /// A file of which no byte could be read.
    static func unreadable(_ path: String) -> PictureError {
        let got =
            switch isFolder(path) {
            case nil: "nothing of this name"
            case true?: "a folder"
            case false?: "one that cannot be read"
            }
        return PictureError(path: path, detail: "expected a readable file, got \(got)")
    }
}
