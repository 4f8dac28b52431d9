import FoundationEssentials
import JSON
import Jobs

/// Writes what happens to jobs as events.
struct EventWriter {
    let desk: JobDesk

    /// Jobs of each status that the snapshot of all lists at most.
    private static let listedJobs = 200

    func done(_ job: Job, _ id: EventID) -> [UInt8] { ServerSentEvent.text("done", id: id, desk.document(job).json) }

    func snapshot(_ job: Job, _ id: EventID) -> [UInt8] {
        ServerSentEvent.text("snapshot", id: id, desk.document(job).json)
    }

    /// The jobs that have not ended, running ones first.
    /// - Parameter owner: whose; nil: everybody's.
    func snapshot(_ id: EventID, owner: String?) throws(JobStoreError) -> [UInt8] {
        var query = JobQuery(status: .running, limit: Self.listedJobs)
        query.owner = owner
        let running = try desk.board.jobs(query).jobs
        query.status = .queued
        let queued = try desk.board.jobs(query).jobs
        let estimate = desk.estimate()
        let documents = (running + queued).map { job in
            JSONValue.object(JobDocument(job, secondsToEnd: estimate?.secondsToEnd(of: job.id)).json)
        }
        return ServerSentEvent.text("snapshot", id: id, ["items": .array(documents)])
    }

    func progress(_ job: Job) -> [UInt8] {
        let document = desk.document(job).json
        var event: JSONObject = [:]
        for key in ["id", "status", "queue_position", "progress", "eta_seconds", "attempt"] {
            event[key] = document[key] ?? .null
        }
        return ServerSentEvent.text("progress", event)
    }

    func image(_ record: ImageRecord, of id: JobID, _ event: EventID) -> [UInt8] {
        ServerSentEvent.text("image", id: event, ["id": .string("\(id)"), "image": .object(record.json(of: id))])
    }

    func preview(_ preview: JobPreview, of id: JobID) -> [UInt8] {
        let url = "data:image/png;base64," + Data(preview.png).base64EncodedString()
        return ServerSentEvent.text(
            "preview",
            [
                "id": .string("\(id)"), "image": .integer(preview.image), "step": .integer(preview.step),
                "width": .integer(preview.width), "height": .integer(preview.height), "url": .string(url),
            ])
    }

    /// What the store has after an occurrence, written for the streams of a scope; what has gone meanwhile, or cannot
    /// be read, is left out.
    func news(after sequence: Int64, _ scope: EventScope, limit: Int) throws(JobStoreError) -> EventNews {
        // Before the rows: what comes in between is looked for again rather than never.
        let latest = try desk.board.latestOccurrence()
        let query = OccurrenceQuery(after: sequence, job: scope.job, owner: scope.owner, limit: limit)
        let found = try desk.board.occurrences(query)
        let isAll = found.count < limit
        let last = found.last?.sequence ?? sequence
        return EventNews(told: try told(found, scope), end: isAll ? max(last, latest) : last, isAll: isAll)
    }

    private func told(_ found: [JobOccurrence], _ scope: EventScope) throws(JobStoreError) -> [ToldOccurrence] {
        var told: [ToldOccurrence] = []
        for occurrence in found {
            let id = EventID(scope, occurrence.sequence)
            switch occurrence.kind {
            case .image(let record):
                told.append(.init(sequence: id.sequence, text: image(record, of: occurrence.job, id), isLast: false))
            case .ended:
                guard let job = try present(occurrence.job) else { continue }
                told.append(.init(sequence: id.sequence, text: done(job, id), isLast: scope.job != nil))
            }
        }
        return told
    }

    /// nil for a job that is not there any more.
    func present(_ id: JobID) throws(JobStoreError) -> Job? {
        do throws(JobStoreError) {
            return try desk.board.job(id)
        } catch {
            switch error {
            case .gone, .notFound, .damagedRow: return nil
            default: throw error
            }
        }
    }
}
