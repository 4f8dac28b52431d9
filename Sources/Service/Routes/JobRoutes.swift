import Dispatch
import HTTP
import HTTPTypes
import Imaging
import Jobs

/// `/v1/jobs...`: looking at jobs, cancelling and deleting them.
struct JobRoutes: Sendable {
    let board: JobBoard
    let status: ServiceStatus
    /// Where long polls look at the store.
    let queue: DispatchQueue

    var table: [Route] {
        [
            Route(.get, "/v1/jobs", lane: .reading) { call throws(Problem) in try list(call) },
            Route(.get, "/v1/jobs/{id}", lane: .reading) { call throws(Problem) in try get(call) },
            Route(.delete, "/v1/jobs/{id}", lane: .writing) { call throws(Problem) in try delete(call) },
            Route(.post, "/v1/jobs/{id}/cancel", lane: .writing) { call throws(Problem) in try cancel(call) },
        ]
    }

    /// Kinds of jobs that this API knows; those of later versions may stand in a store already.
    static let kinds = ["generation", "inpainting", "super-resolution", "verification"]

    private func list(_ call: Call) throws(Problem) -> Reply {
        var query = try call.query(known: ["status", "kind", "model", "limit", "cursor"])
        let status = query.choice("status", of: JobStatus.allCases.map(\.rawValue))
        let kind = query.choice("kind", of: Self.kinds)
        let model = query.text("model", expected: ModelName.expectation, where: ModelName.isValid)
        let limit = query.integer("limit", in: 1...200, default: 50)
        let cursor = query.text("cursor", expected: "the next_cursor of an earlier page") { !$0.isEmpty && $0.utf8.count <= 256 }
        try query.finish()
        let page = try stored { () throws(JobStoreError) in
            try board.jobs(
                JobQuery(status: status.flatMap(JobStatus.init), kind: kind, model: model, limit: limit, cursor: cursor))
        }
        let estimate = page.jobs.allSatisfy(\.status.isTerminal) ? nil : estimate()
        let documents = page.jobs.map { JobDocument($0, secondsToEnd: estimate?.secondsToEnd(of: $0.id)) }
        return .now(
            .json([
                "items": .array(documents.map { .object($0.json) }),
                "next_cursor": page.nextCursor.map { .string($0) } ?? .null,
            ]))
    }

    private func get(_ call: Call) throws(Problem) -> Reply {
        let id = try call.jobID
        var query = try call.query(known: ["wait"])
        let seconds = query.integer("wait", in: 0...Int(Int32.max), default: 0)
        try query.finish()
        let known = EntityTagList(call.fields[values: .ifNoneMatch])
        let job = try stored { () throws(JobStoreError) in try board.job(id) }
        let present = document(job)
        // Against a client's tag only what the job is counts: an estimate that has changed is no reason to wake anybody.
        let isNews = known.map { !$0.isAny && !$0.containsPrefix(present.revision) } ?? false
        guard seconds > 0, !job.status.isTerminal, !isNews, !status.isDraining else { return .now(answer(present, known)) }
        let wait = LongPoll.Wait(
            job: id, version: job.version, seconds: min(seconds, Preference.longestWait), isEnough: { $0.version != job.version })
        return .later { answering in
            self.wait(wait, answering) { .success(answer($0, known)) }
        }
    }

    private func answer(_ document: JobDocument, _ known: EntityTagList?) -> Response {
        if let known, known.contains(document.entityTag) { return .notModified(document.fields) }
        return document.response()
    }

    private func cancel(_ call: Call) throws(Problem) -> Reply {
        let id = try call.jobID
        let job = try stored { () throws(JobStoreError) in try board.cancel(id) }
        return .now(document(job).response())
    }

    private func delete(_ call: Call) throws(Problem) -> Reply {
        let id = try call.jobID
        try stored { () throws(JobStoreError) in try board.delete(id) }
        return .now(Response(status: .noContent))
    }

    // MARK: Shared with the routes that make jobs

    /// Answers when the wait is over.
    func wait(_ wait: LongPoll.Wait, _ answering: Answering, _ response: @escaping @Sendable (JobDocument) -> Result<Response, Problem>) {
        let poll = LongPoll(wait, board: board, queue: queue, isStopping: { [status] in status.isDraining }) { result in
            switch result {
            case .success(let job):
                switch response(document(job)) {
                case .success(let response): answering.respond(response)
                case .failure(let problem): answering.respond(problem)
                }
            case .failure(let error): answering.respond(Problem(error))
            }
        }
        answering.onDisconnect { [weak poll] in poll?.hurry() }
        poll.begin()
    }

    func document(_ job: Job) -> JobDocument {
        JobDocument(job, secondsToEnd: job.status.isTerminal ? nil : estimate()?.secondsToEnd(of: job.id))
    }

    /// Without one a document is as good, only without an estimate.
    func estimate() -> JobEstimate? { (try? board.estimate()) ?? nil }

    /// What the store refuses, as the client is told it; a store that does not work is remembered.
    func stored<Value>(_ body: () throws(JobStoreError) -> Value) throws(Problem) -> Value {
        do throws(JobStoreError) {
            return try body()
        } catch {
            if error.isPassing { status.note(storeTrouble: error) }
            throw Problem(error)
        }
    }
}
