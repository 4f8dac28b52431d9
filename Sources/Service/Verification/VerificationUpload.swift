import Imaging
import JSON

/// The body of `POST /v1/verifications`: the file itself, or in the field `image` of JSON or of a form.
struct VerificationUpload: Sendable {
    private let picture: UploadedPicture?
    private let errors: RequestFaults
    /// Where the file stood.
    let pointer: String

    /// - Throws: 400 for what can be no such body.
    init(_ body: [UInt8], type: String?) throws(Problem) {
        let type = type.flatMap { MediaType($0) }
        if let type, SyntheticFile.Format(rawValue: type.type) != nil {
            (picture, errors, pointer) = (.file(body), [], "#")
            return
        }
        let upload = try Upload(body, type: type, pictures: ["image"])
        pointer = "#/image"
        picture = upload.pictures["image"]
        if let object = upload.fields.object {
            errors = FieldCollector(object, known: ["image"]).faults
        } else {
            errors = [.init(pointer: "#", detail: "expected an object, got \(upload.fields.summary)")]
        }
    }

    /// The file, read.
    /// - Throws: 422 with every fault.
    func file(pixels: Int) throws(Problem) -> SyntheticFile {
        var errors = errors
        switch picture {
        case .file(let bytes):
            do throws(SyntheticFile.Refusal) {
                let file = try SyntheticFile(bytes, pixels: pixels)
                if errors.isEmpty { return file }
            } catch {
                errors.append(.init(pointer: pointer, detail: error.description))
            }
        case .unreadable(let detail): errors.append(.init(pointer: pointer, detail: detail))
        case nil where errors.isEmpty:
            errors.append(.init(pointer: pointer, detail: "required: a PNG or DICOM file that was made here"))
        case nil: break
        }
        throw Problem(.invalid, "The file cannot be verified.", errors: errors)
    }
}
