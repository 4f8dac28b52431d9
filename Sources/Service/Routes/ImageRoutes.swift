import HTTP
import HTTPTypes
import Images
import Imaging
import JSON
import Jobs

/// `/v1/jobs/{id}/images/...`: the images of a job, and their recipes.
struct ImageRoutes: Sendable {
    let desk: JobDesk

    func png(_ call: Call) throws(Problem) -> Reply {
        let image = try image(call)
        let tag = EntityTag(image.record.sha256)
        var fields = HTTPFields.immutable(tag)
        fields[.acceptRanges] = "bytes"
        if EntityTagList(call.fields[values: .ifNoneMatch])?.contains(tag) == true { return .now(.notModified(fields)) }
        fields[.contentType] = image.record.mediaType
        fields[.contentDisposition] = name(image, "png")
        switch range(call, tag: tag, length: image.bytes.count) {
        case .whole: return .now(Response(status: .ok, fields: fields, body: image.bytes))
        case .part(let part):
            fields[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(image.bytes.count)"
            return .now(Response(status: .partialContent, fields: fields, body: Array(image.bytes[part])))
        case .unsatisfiable:
            throw Problem(
                .rangeNotSatisfiable, "The image has \(image.bytes.count) bytes.",
                fields: [.contentRange: "bytes */\(image.bytes.count)"])
        }
    }

    /// The text that the PNG carries.
    func recipe(_ call: Call) throws(Problem) -> Reply {
        let image = try image(call)
        guard let text = try? PNGDecoder.text(Provenance.recipeKeyword, of: image.bytes, limits: .made) else {
            throw Problem(.notFound, "The image carries no recipe.")
        }
        let tag = EntityTag("\(image.record.sha256).json")
        var fields = HTTPFields.immutable(tag)
        if EntityTagList(call.fields[values: .ifNoneMatch])?.contains(tag) == true { return .now(.notModified(fields)) }
        fields[.contentType] = "application/json"
        fields[.contentDisposition] = name(image, "json")
        return .now(Response(status: .ok, fields: fields, body: Array(text.utf8)))
    }

    /// Made from the PNG when it is asked for: always the same bytes, so nothing is kept.
    func dicom(_ call: Call) throws(Problem) -> Reply {
        let image = try image(call)
        let tag = EntityTag("\(image.record.sha256).dcm")
        var fields = HTTPFields.immutable(tag)
        if EntityTagList(call.fields[values: .ifNoneMatch])?.contains(tag) == true { return .now(.notModified(fields)) }
        fields[.contentType] = "application/dicom"
        fields[.contentDisposition] = name(image, "dcm")
        do throws(ImageError) {
            return .now(Response(status: .ok, fields: fields, body: try SyntheticImage.dicom(image.bytes)))
        } catch {
            throw Problem(.notFound, "The image has no DICOM form: \(error).")
        }
    }

    private func image(_ call: Call) throws(Problem) -> StoredImage {
        let id = try desk.jobID(call)
        _ = try call.query(known: []).finish()
        guard let index = call.parameters[.n].flatMap({ Int($0) }) else {
            throw Problem(.notFound, "There is no such image.")
        }
        return try desk.image(index, of: id)
    }

    private func name(_ image: StoredImage, _ suffix: String) -> String {
        ContentDisposition.inline([image.model, image.record.seed], extension: suffix)
    }

    /// `If-Range` (RFC 9110 section 13.1.5): with another tag than this, or a date, the range is not looked at.
    private func range(_ call: Call, tag: EntityTag, length: Int) -> ByteRange {
        // The field is defined for GET only (section 14.2).
        guard call.request.head.method == .get else { return .whole }
        if let condition = call.fields[.ifRange], condition != tag.text { return .whole }
        return ByteRange(call.fields[.range], length: length)
    }
}
