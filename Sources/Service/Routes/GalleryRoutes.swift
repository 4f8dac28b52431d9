import HTTP
import HTTPTypes
import Imaging
import JSON
import Jobs

/// `/v1/images`, `/v1/jobs/{id}/archive` and `/v1/jobs/{id}/pin`: what there is to see, to take away and to keep.
struct GalleryRoutes: Sendable {
    let desk: JobDesk

    private static let kinds = ["generation", "inpainting", "super-resolution", "verification"]
    /// Images of one page, at most and by default; openapi.yaml tells both.
    private static let longestPage = 200, usualPage = 60
    private static let longestCursor = 64, longestLabel = 200
    /// Attributes that one request may name.
    private static let mostLabels = 16
    private static let labelPrefix = "condition."

    func list(_ call: Call) throws(Problem) -> Reply {
        let names = Set((call.request.head.target.queryItems ?? []).map(\.name).filter(Self.isLabel))
        guard names.count <= Self.mostLabels else {
            throw Problem(
                .unreadable, "The query has parameters that cannot be used.",
                errors: [
                    .init(
                        pointer: "?condition",
                        detail: "expected at most \(Self.mostLabels) attributes, got \(names.count)")
                ])
        }
        var query = try call.query(known: ["model", "kind", "limit", "cursor"] + names)
        var images = ImageQuery()
        images.owner = call.caller.owner
        images.kind = query.choice("kind", of: Self.kinds)
        images.model = query.text("model", expected: ModelName.expectation, where: ModelName.isValid)
        images.limit = query.integer("limit", in: 1...Self.longestPage, default: Self.usualPage)
        images.cursor = query.text("cursor", expected: "the next_cursor of an earlier page of images") {
            !$0.isEmpty && $0.utf8.count <= Self.longestCursor
        }
        for name in names.sorted() {
            let value = query.text(name, expected: "a value of 1 to \(Self.longestLabel) bytes") {
                !$0.isEmpty && $0.utf8.count <= Self.longestLabel
            }
            if let value {
                images.labels.append(JobLabel(name: String(name.dropFirst(Self.labelPrefix.count)), value: value))
            }
        }
        try query.finish()
        let page = try desk.stored { () throws(JobStoreError) in try desk.board.images(images) }
        return .now(
            .json([
                "items": .array(page.images.map { .object(Self.document($0)) }),
                "next_cursor": page.nextCursor.map { .string($0) } ?? .null,
            ]))
    }

    private static func isLabel(_ name: String) -> Bool {
        name.hasPrefix(labelPrefix) && (labelPrefix.count + 1...longestLabel).contains(name.utf8.count)
    }

    private static func document(_ image: ListedImage) -> JSONObject {
        var object = image.record.json(of: image.job.id)
        object["job"] = .string("\(image.job.id)")
        object["kind"] = .string(image.job.kind)
        object["model"] = .string(image.job.model.name)
        object["created_at"] = .string(image.job.createdAt.rfc3339)
        object["condition"] = (try? JSONReader().read(image.job.request))?["condition"] ?? [:]
        return object
    }

    func archive(_ call: Call) throws(Problem) -> Reply {
        let id = try desk.jobID(call)
        var query = try call.query(known: ["format"])
        let format = query.choice("format", of: JobArchive.Format.allCases.map(\.rawValue))
        try query.finish()
        let job = try desk.job(id)
        guard job.status == .succeeded, job.images.contains(where: { !$0.isWithheld }) else {
            let reason =
                job.status.isTerminal
                ? "it is \(job.status.rawValue) and has no images"
                : "it is \(job.status.rawValue), and its archive is there when it has succeeded"
            throw Problem(.conflict, "There is no archive of job \(id): \(reason).")
        }
        let archive = JobArchive(job, format.flatMap(JobArchive.Format.init) ?? .png, desk: desk)
        var fields: HTTPFields = [.eTag: archive.tag.text, .cacheControl: "private, no-cache"]
        if EntityTagList(call.fields[values: .ifNoneMatch])?.contains(archive.tag) == true {
            return .now(.notModified(fields))
        }
        fields[.contentType] = "application/zip"
        fields[.contentDisposition] = ContentDisposition.attachment([job.model.name, "\(id)"], extension: "zip")
        return .now(Response(status: .ok, fields: fields, stream: archive.stream))
    }

    func pin(_ call: Call) throws(Problem) -> Reply { try pin(call, true) }
    func unpin(_ call: Call) throws(Problem) -> Reply { try pin(call, false) }

    private func pin(_ call: Call, _ isPinned: Bool) throws(Problem) -> Reply {
        let id = try desk.jobID(call)
        let isExpected = desk.expectation(call)
        let job = try desk.stored { () throws(JobStoreError) in
            try desk.board.pin(id, isPinned, by: call.caller.name, where: isExpected)
        }
        return .now(desk.document(job).response())
    }
}
