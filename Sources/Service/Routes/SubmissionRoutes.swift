import Bytes
import Diffusion
import HTTP
import HTTPTypes
import Imaging
import JSON
import Jobs

/// `POST /v1/generations` and its kin: a validated request becomes a job that is on disk before it is acknowledged.
struct SubmissionRoutes: Sendable {
    let validator: GenerationValidator
    let desk: JobDesk
    /// Where ends may be told; nil: nowhere.
    var targets: WebhookTargets?

    func generate(_ call: Call) throws(Problem) -> Reply { try create(.generation, call) }
    func inpaint(_ call: Call) throws(Problem) -> Reply { try create(.inpainting, call) }
    func enlarge(_ call: Call) throws(Problem) -> Reply { try create(.superResolution, call) }

    private func create(_ kind: Recipe.Kind, _ call: Call) throws(Problem) -> Reply {
        try desk.status.requireAccepting()
        let (plan, digest, callback) = try validator.read(
            call.request.body, type: call.fields[.contentType], kind: kind, targets: targets)
        var job = try job(
            kind, plan, digest: kind == .generation ? digest : "\(kind.rawValue) \(digest)", call)
        job.callback = callback
        job.callback?.trace = call.trace?.passedOn
        return try accept(job, call)
    }

    /// What a planned request is to the queue.
    /// - Parameter digest: the same for requests that ask for the same of the same route.
    func job(_ kind: Recipe.Kind, _ plan: PlannedGeneration, digest: String, _ call: Call) throws(Problem) -> NewJob {
        var job = newJob(kind.rawValue, plan.planned, request: plan.request.json)
        job.labels = plan.request.condition.choices.flatMap { choice in
            choice.values.map { JobLabel(name: choice.attribute, value: $0) }
        }
        job.idempotency = try idempotencyKey(call, digest)
        return job
    }

    /// Makes the image of a file's recipe again, as a job among the others, and compares.
    func verify(_ call: Call) throws(Problem) -> Reply {
        try desk.status.requireAccepting()
        let (file, plan) = try validator.verification(call.request.body, type: call.fields[.contentType]) {
            (digest) throws(Problem) in
            try desk.input(digest: digest.hexadecimal, owner: call.caller.owner).flatMap { try? $0.image }
        }
        let digest = Digest(of: file.bytes).hexadecimal
        var job = newJob(VerificationJob.kind, plan, request: VerificationJob.request(plan))
        job.inputs.append(
            JobInput(name: "file", digest: digest, mediaType: file.format.rawValue, bytes: file.bytes))
        job.idempotency = try idempotencyKey(call, "\(VerificationJob.kind) \(digest)")
        return try accept(job, call)
    }

    private func newJob(_ kind: String, _ plan: PlannedSeries, request: JSONObject) -> NewJob {
        let weights = plan.model.generation.weightsSHA256.hexadecimal
        let model = ModelReference(name: plan.model.name, weightsSHA256: weights)
        var job = NewJob(
            kind: kind, model: model, request: request.serialized(), run: plan.accepted.canonical,
            work: PlannedWork(plan))
        job.arithmetic = WorkerRoster.arithmetic
        job.inputs = plan.inputs?.jobInputs ?? []
        return job
    }

    private func accept(_ new: NewJob, _ call: Call) throws(Problem) -> Reply {
        let submission = try submit(new, call)
        let (job, limits) = (submission.job, HTTPFields(submission.standings))
        let seconds = Preference.wait(in: call.fields)
        guard let seconds, seconds > 0, !job.status.isTerminal else {
            return .now(answer(desk.document(job), waited: seconds, limits))
        }
        let wait = LongPoll.Wait(job: job.id, version: job.version, seconds: seconds, until: .end)
        return .later { answering in
            desk.wait(wait, answering) { (found: Result<Job, Problem>) in
                switch found {
                case .success(let job): answering.respond(answer(desk.document(job), waited: seconds, limits))
                // The job is on disk: who was told that the store does not answer would send a second one.
                case .failure(let problem) where problem.kind.isWorthATry:
                    answering.respond(answer(desk.document(job), waited: seconds, limits))
                case .failure(let problem): answering.respond(problem)
                }
            }
        }
    }

    /// Puts a job into the queue for whoever asks.
    func submit(_ job: NewJob, _ call: Call) throws(Problem) -> Submission {
        var new = job
        (new.owner, new.quota) = (call.caller.name, call.caller.quota)
        let owned = new
        do throws(JobStoreError) {
            // One after the other in the order of their coming here; a lane waits for its own, so that no more than one
            // decoded job of each lane is in memory.
            let result = desk.lanes.writing.sync { () -> Result<Submission, JobStoreError> in
                Result { () throws(JobStoreError) in try desk.board.submit(owned) }
            }
            return try result.get()
        } catch {
            guard error.isAboutWaiting else { return try desk.stored { () throws(JobStoreError) in throw error } }
            let seconds = desk.estimate()?.secondsToFreePlace
            throw Problem(error).retrying(after: Int(min(max(1, (seconds ?? 1).rounded(.up)), Self.longestRetry)))
        }
    }

    /// Seconds: after a day nobody knows any more how long a queue is.
    private static let longestRetry = 86_400.0

    /// 200 for a job that has ended within a wait that was asked for, 202 otherwise (RFC 7240 section 4.3).
    private func answer(_ document: JobDocument, waited: Int?, _ limits: HTTPFields) -> Response {
        var fields = limits
        fields[.location] = JobPath.job(document.job.id)
        if let waited { fields[.preferenceApplied] = "wait=\(waited)" }
        let isDone = waited != nil && document.job.status.isTerminal
        if !isDone, document.retryAfter == nil { fields[.retryAfter] = "1" }
        return document.response(status: isDone ? .ok : .accepted, adding: fields)
    }

    /// Keys belong to the name they come with: two clients may choose the same one.
    /// - Parameter digest: of the body, and of what it is sent for: the same request written with other spaces or in
    ///   another order of fields is the same request.
    ///   The key is a string of RFC 9651, in quotes, or as most clients write it, without them: the same key.
    /// - Throws: 400 for a key that is not 1 to 255 visible characters.
    private func idempotencyKey(_ call: Call, _ digest: String) throws(Problem) -> IdempotencyKey? {
        let values = call.fields[values: .idempotencyKey]
        guard var key = values.first else { return nil }
        if key.count > 1, key.hasPrefix("\""), key.hasSuffix("\"") { key = String(key.dropFirst().dropLast()) }
        guard values.count == 1, (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw Problem(.unreadable, "Idempotency-Key: expected one key of 1 to 255 visible ASCII characters.")
        }
        return IdempotencyKey(scope: call.caller.name, key: key, digest: digest)
    }
}
