import Crypto
import HTTP
import HTTPTypes
import JSON
import Jobs

/// `POST /v1/generations`: a validated request becomes a job that is on disk before it is acknowledged.
struct GenerationRoutes: Sendable {
    let validator: GenerationValidator
    let jobs: JobRoutes

    var table: [Route] {
        [
            Route(.post, "/v1/generations", lane: .writing, content: .json) { call throws(Problem) in try create(call) }
        ]
    }

    private func create(_ call: Call) throws(Problem) -> Reply {
        try jobs.status.requireAccepting()
        let (plan, body) = try validator.read(call.request.body)
        let key = try idempotencyKey(call.fields, body)
        let new = NewJob(
            kind: plan.recipes[0].kind.rawValue,
            model: ModelReference(name: plan.model.name, weightsSHA256: plan.model.generation.weightsSHA256),
            request: plan.request.json.serialized(), work: plan.work, idempotency: key)
        let job = try submit(new)
        let seconds = Preference.wait(in: call.fields)
        guard let seconds, seconds > 0, !job.status.isTerminal else { return .now(answer(jobs.document(job), waited: seconds)) }
        let wait = LongPoll.Wait(job: job.id, version: job.version, seconds: seconds, isEnough: \.status.isTerminal)
        return .later { answering in
            jobs.wait(wait, answering) { .success(answer($0, waited: seconds)) }
        }
    }

    private func submit(_ new: NewJob) throws(Problem) -> Job {
        do throws(JobStoreError) {
            return try jobs.board.submit(new).job
        } catch {
            guard case .queueFull = error else { return try jobs.stored { () throws(JobStoreError) in throw error } }
            let seconds = (try? jobs.board.secondsToFreePlace()) ?? nil
            throw Problem(error).retrying(after: Int(min(max(1, (seconds ?? 1).rounded(.up)), 86_400)))
        }
    }

    /// 200 for a job that has ended within a wait that was asked for, 202 otherwise (RFC 7240 section 4.3).
    private func answer(_ document: JobDocument, waited: Int?) -> Response {
        var fields: HTTPFields = [.location: JobDocument.path(of: document.job.id)]
        if let waited { fields[.preferenceApplied] = "wait=\(waited)" }
        let isDone = waited != nil && document.job.status.isTerminal
        if !isDone, document.retryAfter == nil { fields[.retryAfter] = "1" }
        return document.response(status: isDone ? .ok : .accepted, adding: fields)
    }

    /// Keys belong to the token they come with: two clients may choose the same one.
    /// - Throws: 400 for a key that is not 1 to 255 visible characters.
    private func idempotencyKey(_ fields: HTTPFields, _ body: JSONValue) throws(Problem) -> IdempotencyKey? {
        let values = fields[values: .idempotencyKey]
        guard let key = values.first else { return nil }
        guard values.count == 1, (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Problem(.unreadable, "Idempotency-Key: expected one key of 1 to 255 visible ASCII characters.")
        }
        let scope = fields[.authorization].map { Hex.encode(SHA256.hash(data: Array($0.utf8))) } ?? ""
        // The same request written with other spaces or in another order of fields is the same request.
        return IdempotencyKey(
            scope: scope, key: key, digest: Hex.encode(SHA256.hash(data: body.serialized(sortedKeys: true))))
    }
}
