import Diffusion
import Images
import JSON

// Files of pictures -> the pixels that a request is about.
extension GenerationValidator {
    /// Plans a request whose pictures are files beside its fields.
    /// - Parameters:
    ///   - fields: the request without its pictures.
    ///   - pictures: by name; `RestorationRequest.pictures` says which a task wants.
    /// - Throws: `RequestRefusal` with every fault of every field and picture.
    public func validate(
        _ fields: JSONValue, pictures: [String: UploadedPicture], kind: Recipe.Kind
    ) throws(RequestRefusal) -> PlannedGeneration {
        var refusals: [(field: String, detail: String)] = []
        let (inputs, maskNote) = inputs(pictures, model: model(named: fields["model"]?.string), kind: kind, &refusals)
        var fields = fields
        if let maskNote, var object = fields.object {
            // Where a job's request has it, too.
            object["mask"] = ["note": .string(maskNote)]
            fields = .object(object)
        }
        return try validate(fields, kind: kind, inputs: inputs, refusals: refusals)
    }

    private func model(named name: String?) -> ModelFacts? {
        models.count == 1 && name == nil ? models[0] : models.first { $0.name == name }
    }

    /// The pictures of a request, decoded as the model wants them; complaints go to `refusals`. Nil without an image.
    private func inputs(
        _ pictures: [String: UploadedPicture], model: ModelFacts?, kind: Recipe.Kind,
        _ refusals: inout [(field: String, detail: String)]
    ) -> (inputs: RestorationInputs?, maskNote: String?) {
        // Of an unknown model nothing is known, but that it is: then only the file itself can be at fault.
        let channels = model.map {
            PictureReader.Channels.image(
                of: kind, channels: $0.generation.channels, concatenation: $0.generation.concatenation)
        }
        var images: [String: PixelImage] = [:]
        var maskNote: String?
        for name in RestorationRequest.pictures(kind) {
            let wanted = name == "mask" ? PictureReader.Channels.mask : channels ?? .greyOr(3)
            let detail: String
            switch pictures[name] {
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
            case nil:
                detail =
                    name == "mask" ? "required: a picture, white where to fill" : "required: the picture to work on"
            }
            refusals.append((name, detail))
        }
        return (images["image"].map { RestorationInputs(image: $0, mask: images["mask"]) }, maskNote)
    }
}
