import HTTP
import Imaging
import JSON
import Jobs
import JobsSQLite
import Logging
import Service
import Wire

/// Requests of every route with spoilt paths, queries and header fields, and callbacks, to a service whose jobs have ended.
public final class HostileQuery {
    private let store: SQLiteJobStore
    private let router: Router
    private let connection: DirectConnection
    private let mutator = DocumentMutator(vocabulary: TinyModel.vocabulary + ["https://example.org/x", "http://[::1]/", "url", "events", "cancelled"])
    private let ids: [String]
    private let words: [String]

    public init() {
        do {
            store = try SQLiteJobStore(inMemory: .init())
            let board = try JobBoard(store: store), (status, lanes) = (ServiceStatus(), Lanes())
            router = Router(Configuration(), status: status, lanes: lanes, logger: Logger(label: "hostile") { _ in SwiftLogNoOpLogHandler() })
            var table = RouteTable(board: board, status: status, lanes: lanes, validator: HostileRequest.validator())
            table.targets = WebhookTargets()
            router.install(RouteTable.probes(status: status, queueLimit: 100, workers: 1) + table.routes)
            status.begin(models: ["tiny"])
            ids = try Self.fill(store)
            let (jobs, images) = (try store.jobs(JobQuery(limit: 1)), try store.images(ImageQuery(limit: 1)))
            words = [jobs.nextCursor, images.nextCursor].compactMap(\.self) + Self.words + ids + ids.map { "\($0).1" }
        } catch { fatalError("a service in memory does not begin: \(error)") }
        connection = DirectConnection(handler: router)
    }

    /// - Returns: whether the request was answered by what it asked for.
    @discardableResult
    public func run(_ choices: inout Choices) -> Bool {
        let submits = choices.below(8) == 7
        let request = submits ? submission(&choices) : question(&choices)
        let answer = connection.answers(to: request) { _ in }
        let status = answer.dropFirst("HTTP/1.1 ".utf8.count).prefix(3)
        if status.first == UInt8(ascii: "5") {  // `precondition` is silent in an optimised build
            fatalError("\(String(decoding: request, as: UTF8.self))\n\(String(decoding: answer.prefix(2_000), as: UTF8.self))")
        }
        if submits { empty() }
        return status.first == UInt8(ascii: "2")
    }

    // MARK: Requests

    private static let paths = [
        "/v1/jobs", "/v1/images", "/v1/events", "/v1/jobs/#", "/v1/jobs/#/events", "/v1/jobs/#/images/0", "/v1/jobs/#/images/1.json",
        "/v1/jobs/#/images/0.dcm", "/v1/jobs/#/archive", "/v1/jobs/#/deviation", "/v1/models", "/v1/models/tiny", "/v2/models/tiny/ready", "/health",
        "/page/main.js", "/v1/workers", "/v1/jobs/#/images/#", "/v1/#/#",
    ]
    private static let parameters = [
        "limit", "limit", "cursor", "cursor", "status", "kind", "model", "wait", "format", "condition.view", "condition.finding", "condition.",
        "limit%00", "",
    ]
    private static let fields = [
        "Last-Event-ID", "Last-Event-ID", "Range", "If-None-Match", "If-Range", "Prefer", "Traceparent", "X-Request-Id", "Accept", "Idempotency-Key",
        "Forwarded", "X-Forwarded-Host", "Origin",
    ]
    private static let words = [
        "PA", "tiny", "generation", "succeeded", "queued", "zip", "all.0", "all.9223372036854775807", "all.-1", "i1.0", "i1y2p0ij32e8e7.0",
        "i0.0", "i1.", "0", "1", "bytes=0-0", "bytes=-1", "bytes=5-2", "bytes=9223372036854775807-", "bytes=0-1,3-4,-9999999999999999999",
        "wait=1", "respond-async, wait=99999999999", "\"a\"", "W/\"a\", *", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "application/json;q=0.5", "%ff", "%", "%2e%2e", "a%00b", "for=\"[::1]:99999\";host=x", "http://localhost",
    ]

    private func word(_ choices: inout Choices) -> String {
        switch choices.below(4) {
        case 0: choices.pick(HostileValues.texts)
        case 1: String(repeating: choices.pick(["9", "a", "%C3%A9", ","]), count: 1 + choices.below(300))
        default: choices.pick(words)
        }
    }

    private func question(_ choices: inout Choices) -> [UInt8] {
        var path = ""
        for piece in choices.pick(Self.paths).split(separator: "#", omittingEmptySubsequences: false) {
            path += path.isEmpty ? String(piece) : (choices.below(4) == 3 ? word(&choices) : choices.pick(ids)) + piece
        }
        let query = (0..<choices.below(4)).map { _ in "\(choices.pick(Self.parameters))=\(word(&choices))" }
        if !query.isEmpty { path += "?" + query.joined(separator: choices.pick(["&", "&", ";"])) }
        let method = choices.pick(["GET", "GET", "GET", "GET", "HEAD", "OPTIONS", "DELETE"])
        // Deleting would leave nothing to ask for.
        let asked = method == "DELETE" ? "/v1/jobs/\(word(&choices))/pin" : path
        var text = "\(method) \(asked.filter { $0 != " " && $0 != "\"" }) HTTP/1.1\r\nHost: localhost\r\n"
        for _ in 0..<choices.below(3) { text += "\(choices.pick(Self.fields)): \(word(&choices))\r\n" }
        return Array((text + "\r\n").utf8)
    }

    /// A request whose end shall be told.
    private func submission(_ choices: inout Choices) -> [UInt8] {
        let callback: JSONObject = ["url": "https://example.org/told?a=1", "events": ["succeeded", "failed"]]
        var fields: JSONObject = ["model": "tiny", "steps": 2, "seed": "7"]
        fields["callback"] = .object(mutator.mutate(callback, &choices))
        let body = (choices.below(4) == 3 ? mutator.mutate(fields, &choices) : fields).serialized()
        let key = choices.below(2) == 0 ? "" : "Idempotency-Key: \(word(&choices))\r\n"
        let head = "POST /v1/generations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\(key)"
        return Array("\(head)Content-Length: \(body.count)\r\n\r\n".utf8) + body
    }

    // MARK: Jobs

    /// A job that has succeeded with two images, one that was cancelled and one that is gone.
    private static func fill(_ store: SQLiteJobStore) throws -> [String] {
        let plan = try HostileRequest.validator().validate(["model": "tiny", "count": 2, "steps": 2, "seed": "7", "condition": ["view": "PA"]])
        let model = ModelReference(name: "tiny", weightsSHA256: TinyModel.sha256.hexadecimal)
        var ids: [JobID] = []
        for _ in 0..<3 {
            var job = NewJob(
                kind: "generation", model: model, request: plan.request.json.serialized(), run: plan.planned.accepted.json.serialized(),
                work: PlannedWork(images: 2, steps: 2, callsPerImage: 2))
            job.labels = [JobLabel(name: "view", value: "PA")]
            ids.append(try store.insert(job, queueLimit: 9).job.id)
        }
        for lease in try store.lease(limit: 1) {
            let recipe = String(decoding: plan.planned.series.first.canonical, as: UTF8.self)
            let images = [0, 1].map { ($0, HostileStoreRows.image(recipe: recipe)) }
            let usage = JobUsage(computeNanoseconds: 1000, networkCalls: 4, imageSteps: 4, imagesDone: 2)
            try store.finish(JobCheckpoint(lease: lease, usage: usage, finished: Dictionary(uniqueKeysWithValues: images)))
        }
        for id in ids.dropFirst() { _ = try store.cancel(id, usage: nil) }
        try store.delete(ids[2])
        return ids.map(\.description)
    }

    /// Takes what was accepted out of the queue.
    private func empty() {
        _ = try? store.inspect("DELETE FROM jobs WHERE status = 'queued'")
    }
}
