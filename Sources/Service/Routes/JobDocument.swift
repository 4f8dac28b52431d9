import Diffusion
import HTTP
import HTTPTypes
import JSON
import Jobs

/// A job as clients see it.
package struct JobDocument {
    let job: Job
    /// The estimate of the board; nil for a job that has ended, or before anything was measured.
    let secondsToEnd: Int?
    /// Why no process takes the job at present; nil where one will.
    var reasonToWait: String?

    package init(_ job: Job, secondsToEnd: Double?) {
        self.job = job
        self.secondsToEnd = job.status.isTerminal ? nil : secondsToEnd.map { Int(min(max(0, $0.rounded(.up)), 1e9)) }
    }

    /// Strong (RFC 9110 section 8.8.1): all that the document depends on is in it.
    var entityTag: EntityTag { EntityTag("\(revision)\(secondsToEnd.map { String($0) } ?? "")") }

    /// What the job itself is; the rest of the tag, after the last point, is an estimate, which changes without the job
    /// changing.
    private var revision: String {
        "\(job.version).\(job.queuePosition ?? 0).\(job.isPinned ? "p." : "")\(reasonToWait == nil ? "" : "w.")"
    }

    /// Whether a tag is one of the job as it is here, whatever the estimate was.
    func isTagged(_ tag: String) -> Bool { tag.lastIndex(of: ".").map { tag[...$0] == revision } ?? false }

    /// Seconds until another look is worth its while; nil for a job that has ended.
    var retryAfter: Int? { job.status.isTerminal ? nil : max(1, min(60, secondsToEnd ?? 1)) }

    var fields: HTTPFields {
        var fields: HTTPFields = [.eTag: entityTag.text, .cacheControl: "private, no-cache"]
        if let retryAfter { fields[.retryAfter] = String(retryAfter) }
        return fields
    }

    package func response(status: HTTPResponse.Status = .ok, adding extra: HTTPFields = [:]) -> Response {
        var fields = fields
        for field in extra { fields[field.name] = field.value }
        return .json(json, status: status, fields: fields)
    }

    var json: JSONObject {
        var document: JSONObject = [
            "id": .string("\(job.id)"),
            "kind": .string(job.kind),
            "status": .string(job.status.rawValue),
            "model": ["name": .string(job.model.name), "weights_sha256": .string(job.model.weightsSHA256)],
            "request": stored(job.request),
            "created_at": .string(job.createdAt.rfc3339),
            "started_at": Self.optional(job.startedAt) { .string($0.rfc3339) },
            "finished_at": Self.optional(job.finishedAt) { .string($0.rfc3339) },
            "queue_position": Self.optional(job.queuePosition) { .integer($0) },
            "progress": progress,
            "eta_seconds": Self.optional(secondsToEnd) { .integer($0) },
            "attempt": .integer(job.attempt),
            "resumed_from_step": Self.optional(job.resumedFromStep) { .integer($0) },
            "images": .array(job.images.map { .object(image($0)) }),
            "timing": timing,
            "pinned": .bool(job.isPinned),
            "error": Self.optional(job.error, stored),
            "urls": [
                "self": .string(JobPath.job(job.id)), "cancel": .string(JobPath.cancel(job.id)),
                "events": .string(JobPath.events(job.id)), "archive": .string(JobPath.archive(job.id)),
            ],
        ]
        let reports = job.status == .succeeded ? job.images.compactMap(report) : []
        switch job.kind {
        case VerificationJob.kind:
            document["verification"] = reports.first ?? .null
            document["equal"] = reports.first?["equal"] ?? .null
        case Recipe.Kind.inpainting.rawValue, Recipe.Kind.superResolution.rawValue:
            document["consistency"] =
                ConsistencySummary(reports).map { summary in
                    var object = summary.json
                    if job.images.count > 1 { object["deviation_url"] = .string(JobPath.deviation(job.id)) }
                    return .object(object)
                } ?? .null
        default: break
        }
        if !job.owner.isEmpty { document["owner"] = .string(job.owner) }
        // What was assumed of the request, of which its pictures tell; and why the job waits.
        var notes: [JSONValue] = []
        if let note = stored(job.request)["mask"]?["note"] { notes.append(note) }
        if let reasonToWait { notes.append(.string("The job waits: \(reasonToWait).")) }
        if !notes.isEmpty { document["notes"] = .array(notes) }
        return document
    }

    private var progress: JSONValue {
        [
            "step": .integer(job.progress.step), "steps": .integer(job.progress.steps),
            "images_done": .integer(job.progress.imagesDone), "images": .integer(job.progress.images),
        ]
    }

    private var timing: JSONValue {
        [
            "queue_ms": Self.optional(job.timing.queueMilliseconds) { .integer($0) },
            "compute_ms": .measured(job.timing.computeMilliseconds),
            "ms_per_step": Self.optional(job.timing.millisecondsPerStep) { .measured($0) },
            "network_calls": .integer(job.timing.networkCalls),
        ]
    }

    private func image(_ image: ImageRecord) -> JSONObject {
        var object = image.json(of: job.id)
        if job.kind != VerificationJob.kind { object["consistency"] = report(image) }
        object["copy"] = image.report.flatMap { stored($0)[Self.copyKey] }
        return object
    }

    /// The member of a report that says how near the image is to those of training.
    static let copyKey = "copy"

    /// What is said of an image beside that; nil where nothing is.
    private func report(_ image: ImageRecord) -> JSONValue? {
        guard let bytes = image.report else { return nil }
        let value = stored(bytes)
        guard var object = value.object, object[Self.copyKey] != nil else { return value }
        object[Self.copyKey] = nil
        return object.isEmpty ? nil : .object(object)
    }

    /// What this service wrote itself; null only if somebody changed the store by hand.
    private func stored(_ bytes: [UInt8]) -> JSONValue { (try? JSONReader().read(bytes)) ?? .null }

    private static func optional<Value>(_ value: Value?, _ json: (Value) -> JSONValue) -> JSONValue {
        value.map(json) ?? .null
    }
}

extension ImageRecord {
    /// What documents tell of an image that was made: where it is, or why it was not kept.
    func json(of job: JobID) -> JSONObject {
        var object: JSONObject = [
            "index": .integer(index), "seed": .string(traits.seed), "width": .integer(traits.width),
            "height": .integer(traits.height), "bit_depth": .integer(traits.bitDepth),
            "sha256": traits.isWithheld ? .null : .string(traits.sha256),
            "url": traits.isWithheld ? .null : .string(JobPath.image(index, of: job)),
        ]
        if traits.isWithheld { object["withheld"] = .string(CopyWatch.reason) }
        return object
    }
}
