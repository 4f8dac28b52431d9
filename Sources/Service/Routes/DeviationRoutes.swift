import Bytes
import HTTP
import HTTPTypes
import Images
import Imaging
import Jobs

/// `/v1/jobs/{id}/deviation`: where the images of a job differ, as a picture.
///
/// It follows from the images and is made when it is asked for, on a lane of its own: a thousand images take their
/// time, and the lane that reads the store answers everybody's polls.
struct DeviationRoutes: Sendable {
    let desk: JobDesk

    func deviation(_ call: Call) throws(Problem) -> Reply {
        let id = try desk.jobID(call)
        _ = try call.query(known: []).finish()
        let job = try desk.job(id)
        let kept = job.images.filter { !$0.isWithheld }
        guard job.status == .succeeded, kept.count > 1 else {
            throw Problem(
                .notFound, "Images differ from each other where there are several; the job has \(kept.count).")
        }
        let tag = EntityTag(Digest(of: kept.map(\.sha256).joined()).hexadecimal)
        var fields = HTTPFields.immutable(tag)
        if EntityTagList(call.fields[values: .ifNoneMatch])?.contains(tag) == true { return .now(.notModified(fields)) }
        fields[.contentType] = "image/png"
        fields[.contentDisposition] = ContentDisposition.inline(
            [job.model.name, kept[0].seed, "deviation"], extension: "png")
        return .now(Response(status: .ok, fields: fields, body: try map(id, kept.map(\.index)).bytes))
    }

    private func map(_ id: JobID, _ indices: [Int]) throws(Problem) -> EncodedPNG {
        var map: DeviationMap?
        for index in indices {
            let image = try desk.image(index, of: id)
            do throws(ImageError) {
                let picture = try PNGDecoder.decode(image.bytes, limits: .made).image
                if map == nil { map = DeviationMap(like: picture) }
                try map?.add(picture)
            } catch {
                throw Problem(.notFound, "The images cannot be compared: \(error).")
            }
        }
        do throws(ImageError) {
            guard let map else {
                throw ImageError(.invalidValue, "images to compare", expected: "at least one", got: "none")
            }
            return try PNGEncoder.encode(map.image())
        } catch {
            throw Problem(.notFound, "The images cannot be compared: \(error).")
        }
    }
}
