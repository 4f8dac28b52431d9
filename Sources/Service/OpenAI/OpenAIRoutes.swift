import Bytes
import Diffusion
import FoundationEssentials
import HTTP
import HTTPTypes
import Imaging
import JSON
import Jobs

/// `POST /v1/images/generations` and `/v1/images/edits`, as OpenAI's clients send them: ordinary jobs, whose end is
/// waited for.
struct OpenAIRoutes: Sendable {
    let submissions: SubmissionRoutes
    private let prompts: [String: ConditionPrompt]
    private let pending: PendingImages
    private var desk: JobDesk { submissions.desk }

    init(submissions: SubmissionRoutes, pending: PendingImages) {
        self.pending = pending
        self.submissions = submissions
        let models = submissions.validator.models
        prompts = Dictionary(models.map { ($0.name, ConditionPrompt($0)) }, uniquingKeysWith: { first, _ in first })
    }

    func generate(_ call: Call) throws(Problem) -> Reply { try create(.generation, call) }
    func edit(_ call: Call) throws(Problem) -> Reply { try create(.inpainting, call) }

    private func create(_ kind: Recipe.Kind, _ call: Call) throws(Problem) -> Reply {
        try desk.status.requireAccepting()
        let upload = try Upload(
            call.request.body, type: call.fields[.contentType].flatMap { MediaType($0) },
            pictures: RestorationRequest.pictures(kind), aliases: kind == .generation ? [:] : OpenAIRequest.aliases)
        let request = try OpenAIRequest(upload.fields, prompts: prompts)
        let key = Self.key(kind, upload, call)
        if let known = pending.take(key) {
            do throws(Problem) {
                return wait(for: try desk.job(known), key: key, request.format, call)
            } catch {
                keep(known, for: key, after: error)
                throw error
            }
        }
        let plan = try plan(request, upload, kind)
        let job = try submissions.submit(
            submissions.job(kind, plan, digest: "\(kind.rawValue) openai \(upload.digest)", call), call
        ).job
        return wait(for: job, key: key, request.format, call)
    }

    /// The same for a request that comes again. Requests of two `Idempotency-Key`s are two.
    private static func key(_ kind: Recipe.Kind, _ upload: Upload, _ call: Call) -> String {
        let sender = call.fields[.authorization] ?? "", own = call.fields[.idempotencyKey] ?? ""
        return Digest(of: "\(kind.rawValue) \(sender)\n\(own)\n\(upload.digest)").hexadecimal
    }

    private func plan(
        _ request: OpenAIRequest, _ upload: Upload, _ kind: Recipe.Kind
    ) throws(Problem) -> PlannedGeneration {
        let validator = submissions.validator
        do throws(RequestRefusal) {
            return try validator.validate(
                .object(request.fields), pictures: validator.edit(upload.pictures), kind: kind)
        } catch {
            throw Problem(error)
        }
    }

    /// The wait is that of one answer, 50 s: who waits longer is told to send the same again, and gets the same job.
    private func wait(for job: Job, key: String, _ format: OpenAIRequest.Format, _ call: Call) -> Reply {
        let wait = LongPoll.Wait(
            job: job.id, version: job.version, seconds: Preference.longestWait, until: .end)
        let origin = call.origin
        return .later { answering in
            let refuse = { @Sendable (problem: Problem) in
                keep(job.id, for: key, after: problem)
                answering.respond(problem)
            }
            desk.wait(wait, answering) { (found: Result<Job, Problem>) in
                switch found {
                case .success(let job) where job.status.isTerminal:
                    // Reading and encoding all images of a job is more than a row.
                    desk.lanes.converting.async {
                        do throws(Problem) {
                            answering.respond(try answer(job, format, origin: origin))
                        } catch {
                            refuse(error)
                        }
                    }
                case .success(let job): refuse(Self.unfinished(job))
                case .failure(let problem): refuse(problem)
                }
            }
        }
    }

    /// Who is told to send the same again waits for the same job, whatever it was that went wrong.
    private func keep(_ job: JobID, for key: String, after problem: Problem) {
        if problem.kind.isWorthATry { pending.keep(job, for: key) }
    }

    private func answer(_ job: Job, _ format: OpenAIRequest.Format, origin: String) throws(Problem) -> Response {
        guard job.status == .succeeded else { throw Self.unsuccessful(job) }
        let kept = job.images.filter { !$0.isWithheld }
        guard !kept.isEmpty else { throw Problem(.jobFailed, CopyWatch.reason) }
        var data: [JSONValue] = []
        for image in kept {
            switch format {
            case .url: data.append(["url": .string(origin + JobPath.image(image.index, of: job.id))])
            case .base64:
                let bytes = try desk.image(image.index, of: job.id).bytes
                data.append(["b64_json": .string(Data(bytes).base64EncodedString())])
            }
        }
        let created = Int(job.createdAt.milliseconds / 1_000)
        return .json(
            ["created": .integer(created), "data": .array(data)], fields: [.contentLocation: JobPath.job(job.id)])
    }

    private static func unfinished(_ job: Job) -> Problem {
        Problem(
            .notReady,
            "The job \(JobPath.job(job.id)) is still \(job.status.rawValue): send the same request again to wait on, "
                + "or ask for the job itself.", fields: [.retryAfter: "1", .contentLocation: JobPath.job(job.id)])
    }

    private static func unsuccessful(_ job: Job) -> Problem {
        guard job.status == .failed else {
            return Problem(.conflict, "The job \(JobPath.job(job.id)) was cancelled.")
        }
        let detail = job.error.flatMap { try? JSONReader().read($0) }?["detail"]?.string
        return Problem(.jobFailed, "The job \(JobPath.job(job.id)) failed: \(detail ?? "the log says why")")
    }
}
