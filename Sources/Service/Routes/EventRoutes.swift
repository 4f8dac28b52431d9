import HTTP
import HTTPTypes
import JSON
import Jobs

/// `/v1/jobs/{id}/events` and `/v1/events`: what happens, while it happens.
struct EventRoutes: Sendable {
    let hub: EventHub

    private var desk: JobDesk { hub.desk }

    func job(_ call: Call) throws(Problem) -> Reply {
        let id = try desk.jobID(call)
        try call.query(known: []).finish()
        try desk.status.requireAccepting()
        let scope = EventScope.job(id)
        _ = try desk.job(id)
        let (latest, known) = try place(call, scope)
        let job = try desk.job(id)
        if let known, job.status.isTerminal {
            let news = try desk.stored { () throws(JobStoreError) in
                try desk.board.occurrences(OccurrenceQuery(after: known, job: id, limit: 1))
            }
            // The one answer that clients of streams do not come back after (HTML Living Standard, section 9.2.2).
            if news.isEmpty { return .now(Response(status: .noContent, fields: [.cacheControl: "no-store"])) }
        }
        let sequence = known ?? latest
        var text = ServerSentEvent.retry(milliseconds: Self.retry)
        text += hub.writer.snapshot(job, EventID(scope, sequence))
        // Of one that has ended before anybody listened, its snapshot tells the images.
        let isWhole = known == nil && job.status.isTerminal
        if isWhole { text += hub.writer.done(job, EventID(scope, sequence)) }
        let wantsPreviews = (try? JSONReader().read(job.request))?["previews"]?.bool ?? false
        return try answer(
            EventHub.Opening(
                scope: scope, text: text, sequence: sequence, latest: latest, isWhole: isWhole,
                wantsPreviews: wantsPreviews), call)
    }

    func all(_ call: Call) throws(Problem) -> Reply {
        try call.query(known: []).finish()
        try desk.status.requireAccepting()
        let scope = call.caller.owner.map(EventScope.owned) ?? .all
        let (latest, known) = try place(call, scope)
        let sequence = known ?? latest
        let snapshot = try desk.stored { () throws(JobStoreError) in
            try hub.writer.snapshot(EventID(scope, sequence), owner: call.caller.owner)
        }
        let text = ServerSentEvent.retry(milliseconds: Self.retry) + snapshot
        return try answer(
            EventHub.Opening(
                scope: scope, text: text, sequence: sequence, latest: latest, isWhole: false, wantsPreviews: false),
            call)
    }

    /// Milliseconds after which clients that have lost the connection are to come back.
    private static let retry = 2_000

    /// The latest occurrence, read before the snapshot that is told: what comes in between is told twice rather than
    /// never. And the one up to which the client knows everything, if it says so.
    private func place(_ call: Call, _ scope: EventScope) throws(Problem) -> (latest: Int64, known: Int64?) {
        let latest = try desk.stored { () throws(JobStoreError) in try desk.board.latestOccurrence() }
        guard let text = call.fields[.lastEventID], !text.isEmpty else { return (latest, nil) }
        guard let id = EventID(text) else {
            throw refusal(.unreadable, "an id that an event of this stream had", got: "\"\(text.prefix(80))\"")
        }
        guard id.scope == scope.published else {
            let whose = id.scope.job.map { "job \($0)" } ?? "the stream of all jobs"
            throw refusal(.invalid, "the id of an event of this stream", got: "one of \(whose)")
        }
        guard id.sequence <= latest else {
            throw refusal(.invalid, "an id that this store has given (at most \(latest))", got: "\(id.sequence)")
        }
        return (latest, id.sequence)
    }

    private func refusal(_ kind: ProblemKind, _ expected: String, got: String) -> Problem {
        Problem(
            kind, "Last-Event-ID: expected \(expected), got \(got); leave it out to begin with a snapshot.",
            errors: [.init(pointer: "Last-Event-ID", detail: "expected \(expected), got \(got)")])
    }

    private func answer(_ opening: EventHub.Opening, _ call: Call) throws(Problem) -> Reply {
        // A token is a client; without tokens an address is.
        let client = call.caller.name.isEmpty ? "\(call.request.head.peer.host)" : call.caller.name
        try hub.census.enter(client)
        return .later { answering in answering.respond(hub.response(opening, client: client, answering)) }
    }
}
