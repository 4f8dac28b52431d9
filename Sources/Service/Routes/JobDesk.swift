import Dispatch
import HTTP
import Jobs

/// What routes share: a job, an image, an input, the document of a job, and a wait for its next state. No route
/// borrows another.
struct JobDesk: Sendable {
    let board: JobBoard
    let status: ServiceStatus
    let lanes: Lanes

    // MARK: Looking

    /// The job named in the path, if the caller may know of it.
    /// - Throws: 404 for another's, as for one that never was, whether it is there or gone; 503 for a store that does
    ///   not answer.
    func jobID(_ call: Call) throws(Problem) -> JobID {
        let id = try call.namedJob
        try stored { () throws(JobStoreError) in try board.require(id, owner: call.caller.owner) }
        return id
    }

    /// - Throws: 404 and 410 for a job that is not there, 503 for a store that does not answer.
    func job(_ id: JobID) throws(Problem) -> Job {
        try stored { () throws(JobStoreError) in try board.job(id) }
    }

    /// What changes a job is done to the one that the client has seen, as `If-Match` says it: compared strongly, but
    /// for the estimate in a tag (RFC 9110 section 13.1.1).
    /// - Parameter isPossible: of the job as it is; what would be refused anyway is refused for that (section 13.2.1).
    /// - Returns: whether a job is one of those named; nil where any will do.
    func expectation(
        _ call: Call, where isPossible: @escaping (Job) -> Bool = { _ in true }
    ) -> ((Job) -> Bool)? {
        guard let known = EntityTagList(call.fields[values: .ifMatch]), !known.isAny else { return nil }
        return { job in !isPossible(job) || known.strong.contains(where: document(job, estimate: nil).isTagged) }
    }

    /// - Throws: as `job`, and 404 for an image that is not there or was withheld.
    func image(_ index: Int, of id: JobID) throws(Problem) -> StoredImage {
        let image = try stored { () throws(JobStoreError) in try board.image(index, of: id) }
        guard !image.record.isWithheld else { throw Problem(.notFound, CopyWatch.reason) }
        return image
    }

    /// The picture of this digest that an earlier request brought; nil if there is none.
    /// - Parameter owner: whose requests are looked at; nil: everybody's.
    /// - Throws: 503 for a store that does not answer.
    func input(digest: String, owner: String?) throws(Problem) -> JobInput? {
        try stored { () throws(JobStoreError) in try board.input(digest: digest, owner: owner) }
    }

    /// What the store refuses, as the client is told it; a store that does not work is remembered.
    func stored<Value>(_ body: () throws(JobStoreError) -> Value) throws(Problem) -> Value {
        do throws(JobStoreError) {
            return try body()
        } catch {
            throw problem(error)
        }
    }

    private func problem(_ error: JobStoreError) -> Problem {
        if error.isPassing { status.note(storeTrouble: error) }
        return Problem(error)
    }

    // MARK: Describing

    /// The job as clients see it, with the present estimate of its end.
    func document(_ job: Job) -> JobDocument {
        document(job, estimate: job.status.isTerminal ? nil : estimate())
    }

    /// The same, with an estimate that serves for many.
    func document(_ job: Job, estimate: JobEstimate?) -> JobDocument {
        var document = JobDocument(job, secondsToEnd: estimate?.secondsToEnd(of: job.id))
        if job.status == .queued, let workers = status.workers {
            document.reasonToWait = workers.reasonToWait(for: job.model, arithmetic: job.arithmetic)
        }
        return document
    }

    /// When outstanding jobs will have ended; nil where nothing was measured. A document is as good without one, so a
    /// store that does not answer is no fault here.
    func estimate() -> JobEstimate? { (try? board.estimate()) ?? nil }

    // MARK: Waiting

    /// Answers when the wait is over, with what `response` makes of the job as it is then; on the reading lane.
    func wait(
        _ wait: LongPoll.Wait, _ answering: Answering, _ response: @escaping @Sendable (JobDocument) -> Response
    ) {
        self.wait(wait, answering) { (found: Result<Job, Problem>) in
            switch found {
            case .success(let job): answering.respond(response(document(job)))
            case .failure(let problem): answering.respond(problem)
            }
        }
    }

    /// Calls `body` when the wait is over, with the job as it is then or what looking for it throws, on the reading
    /// lane; it answers.
    func wait(
        _ wait: LongPoll.Wait, _ answering: Answering, _ body: @escaping @Sendable (Result<Job, Problem>) -> Void
    ) {
        let isStopping = { @Sendable [status] in status.isDraining }
        let poll = LongPoll(wait, board: board, queue: lanes.reading, isStopping: isStopping) { found in
            body(found.mapError(problem))
        }
        answering.onDisconnect { [weak poll] in poll?.hurry() }
        poll.begin()
    }
}
