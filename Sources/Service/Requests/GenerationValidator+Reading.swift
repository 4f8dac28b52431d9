import Diffusion
import JSON

// Bodies as they were sent -> fields and pictures.
extension GenerationValidator {
    /// Reads a body as it was sent.
    /// - Parameter type: its Content-Type: JSON, which nil is too, or a form.
    /// - Returns: the plan, and a digest that is the same for requests that ask for the same.
    /// - Throws: `Problem` 400 for what is no JSON or no form, 422 with every fault of every field otherwise.
    public func read(_ body: [UInt8], type: String? = nil, kind: Recipe.Kind = .generation) throws(Problem)
        -> (plan: PlannedGeneration, digest: String)
    {
        let upload = try Upload(body, type: type.flatMap { MediaType($0) }, pictures: RestorationRequest.pictures(kind))
        var refusals: [(field: String, detail: String)] = []
        let (inputs, maskNote) = inputs(of: upload, kind: kind, &refusals)
        var fields = upload.fields
        if let maskNote, var object = fields.object {
            // Where a job's request has it, too.
            object["mask"] = ["note": .string(maskNote)]
            fields = .object(object)
        }
        return (try validate(fields, kind: kind, inputs: inputs, refusals: refusals), upload.digest)
    }

    /// The pictures of a request, decoded as the model wants them; complaints go to `refusals`. Nil without an image.
    private func inputs(of upload: Upload, kind: Recipe.Kind, _ refusals: inout [(field: String, detail: String)])
        -> (inputs: RestorationInputs?, maskNote: String?)
    {
        let name = upload.fields["model"]?.string
        let model = models.count == 1 && name == nil ? models[0] : models.first { $0.name == name }
        // Of an unknown model nothing is known, but that it is: then only the file itself can be at fault.
        let channels = model?.generation.channels ?? 3
        let mayBeGrey = model == nil || (kind == .superResolution && model?.generation.concatenation == nil)
        var images: [String: InputImage] = [:]
        var maskNote: String?
        for name in RestorationRequest.pictures(kind) {
            let wanted: PictureReader.Channels = name == "mask" ? .mask : mayBeGrey ? .greyOr(channels) : .exactly(channels)
            let detail: String
            switch upload.pictures[name] {
            case .file(let bytes):
                do throws(PictureReader.Refusal) {
                    let image = try PictureReader(pixels: limits.pixels).read(bytes, channels: wanted)
                    let mask = name == "mask" ? try FillMask(image) : nil
                    images[name] = mask?.image ?? image
                    maskNote = mask?.note
                    continue
                } catch {
                    detail = error.detail
                }
            case .unreadable(let reason): detail = reason
            case nil: detail = name == "mask" ? "required: a picture, white where to fill" : "required: the picture to work on"
            }
            refusals.append((name, detail))
        }
        return (images["image"].map { RestorationInputs(image: $0, mask: images["mask"]) }, maskNote)
    }
}
