import HTTP
import HTTPTypes
import Imaging
import Jobs

/// `/v1/jobs...`: looking at jobs, cancelling and deleting them.
struct JobRoutes: Sendable {
    let desk: JobDesk

    /// Kinds of jobs that this API knows; those of later versions may stand in a store already.
    static let kinds = ["generation", "inpainting", "super-resolution", "verification"]

    /// Jobs of one page, at most and by default; openapi.yaml tells both.
    private static let longestPage = 200, usualPage = 50

    /// Characters of a cursor at most. The store's own are far shorter; it says itself which of these are none.
    private static let longestCursor = 256

    func list(_ call: Call) throws(Problem) -> Reply {
        var query = try call.query(known: ["status", "kind", "model", "limit", "cursor"])
        let status = query.choice("status", of: JobStatus.allCases.map(\.rawValue))
        let kind = query.choice("kind", of: Self.kinds)
        let model = query.text("model", expected: ModelName.expectation, where: ModelName.isValid)
        let limit = query.integer("limit", in: 1...Self.longestPage, default: Self.usualPage)
        let cursor = query.text("cursor", expected: "the next_cursor of an earlier page") {
            !$0.isEmpty && $0.utf8.count <= Self.longestCursor
        }
        try query.finish()
        var jobs = JobQuery(
            status: status.flatMap(JobStatus.init), kind: kind, model: model, limit: limit, cursor: cursor)
        jobs.owner = call.caller.owner
        let wanted = jobs
        let page = try desk.stored { () throws(JobStoreError) in try desk.board.jobs(wanted) }
        let estimate = page.jobs.allSatisfy(\.status.isTerminal) ? nil : desk.estimate()
        let documents = page.jobs.map { desk.document($0, estimate: estimate) }
        return .now(
            .json([
                "items": .array(documents.map { .object($0.json) }),
                "next_cursor": page.nextCursor.map { .string($0) } ?? .null,
            ]))
    }

    func get(_ call: Call) throws(Problem) -> Reply {
        let id = try desk.jobID(call)
        var query = try call.query(known: ["wait"])
        let seconds = query.integer("wait", in: 0...Int(Int32.max), default: 0)
        try query.finish()
        let known = EntityTagList(call.fields[values: .ifNoneMatch])
        let job = try desk.job(id)
        let present = desk.document(job)
        // Against a client's tag only what the job is counts: an estimate that has changed is no reason to wake
        // anybody.
        let isNews = known.map { !$0.isAny && !$0.values.contains(where: present.isTagged) } ?? false
        guard seconds > 0, !job.status.isTerminal, !isNews, !desk.status.isDraining else {
            return .now(answer(present, known))
        }
        let wait = LongPoll.Wait(
            job: id, version: job.version, seconds: min(seconds, Preference.longestWait), until: .change)
        return .later { answering in desk.wait(wait, answering) { answer($0, known) } }
    }

    private func answer(_ document: JobDocument, _ known: EntityTagList?) -> Response {
        if let known, known.contains(document.entityTag) { return .notModified(document.fields) }
        return document.response()
    }

    func cancel(_ call: Call) throws(Problem) -> Reply {
        let id = try desk.jobID(call)
        let isExpected = desk.expectation(call)
        let job = try desk.stored { () throws(JobStoreError) in
            try desk.board.cancel(id, by: call.caller.name, where: isExpected)
        }
        return .now(desk.document(job).response())
    }

    func delete(_ call: Call) throws(Problem) -> Reply {
        let id = try desk.jobID(call)
        let isExpected = desk.expectation(call, where: \.status.isTerminal)
        try desk.stored { () throws(JobStoreError) in
            try desk.board.delete(id, by: call.caller.name, where: isExpected)
        }
        return .now(Response(status: .noContent))
    }
}
