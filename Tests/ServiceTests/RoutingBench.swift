import HTTP
import HTTPTypes
import Imaging
import ImagingFixtures
import JSON
import Jobs
import JobsSQLite
import Logging
import Service

/// A route table over a real store and a fake engine, asked without sockets.
final class RoutingBench: Sendable {
    let router: Router
    let board: JobBoard
    let status = ServiceStatus()
    let engine: StillEngine
    let lanes = Lanes()
    let metrics = ServiceMetrics()
    let events: EventHub
    private let pool: WorkerPool<StillEngine>

    struct Settings {
        /// Who may ask, from where, and under which names. The bench is asked under a name of its own.
        var access = Configuration()
        var queueLimit = 100
        var models = [SmallModels.chest]
        var isGated = false
        /// Jobs that run at the same time.
        var activeJobs = 1
        var store: (any JobStore)?
        var streams = StreamCensus.Limits(total: 100, perClient: 100)
        var previews: PreviewSource?
        /// Where ends of jobs may be told; nil: nowhere.
        var targets: WebhookTargets?
        /// Bytes that an evaluation of a model takes, by rows, width and height: asked while a body is checked.
        var memory: @Sendable (ModelFacts, Int, Int, Int) -> Int = { _, _, _, _ in 0 }
        /// What the router logs.
        var logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
    }

    private static let host = "phantom.test"

    init(_ settings: Settings = Settings()) throws {
        let store: any JobStore = try settings.store ?? SQLiteJobStore(inMemory: .init())
        board = try JobBoard(store: store, configuration: .init(queueLimit: settings.queueLimit, meter: metrics))
        let silent = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        var access = settings.access
        access.hosts.append(Self.host)
        router = Router(access, status: status, lanes: lanes, logger: settings.logger, metrics: metrics)
        router.install(RouteTable.probes(status: status, queueLimit: settings.queueLimit, workers: 1, metrics: metrics))
        let validator = GenerationValidator(
            models: settings.models, limits: SmallModels.limits, memory: settings.memory)
        var table = RouteTable(
            board: board, status: status, lanes: lanes, validator: validator,
            events: .init(streams: settings.streams, previews: settings.previews))
        table.targets = settings.targets
        events = table.events
        router.install(table.routes)
        engine = StillEngine(gated: settings.isGated)
        pool = WorkerPool(
            board: board, engine: engine,
            configuration: WorkerPoolConfiguration(workers: 1, maximumBatchRows: 4, maximumActiveJobs: settings.activeJobs), logger: silent)
        try pool.start()
        status.begin(models: settings.models.map(\.name))
    }

    deinit {
        engine.open(10_000)
        pool.shutdown(deadline: .now + .seconds(5))
    }

    /// One whose engine computes no more than it is let.
    static func gated() throws -> RoutingBench {
        var settings = Settings()
        settings.isGated = true
        return try RoutingBench(settings)
    }

    /// As the server does it: admission, then the handler on the queue that it names.
    func send(_ method: HTTPRequest.Method, _ target: String, _ fields: HTTPFields = [:], body: String = "") async -> Answer {
        await send(method, target, fields, bytes: Array(body.utf8))
    }

    /// - Parameters:
    ///   - peer: where the request comes from.
    ///   - departure: happens when the client closes its side.
    func send(
        _ method: HTTPRequest.Method, _ target: String, _ fields: HTTPFields, bytes: [UInt8], peer: PeerAddress = .unknown,
        departure: Departure = Departure()
    ) async -> Answer {
        var head = RequestHead(method: method, target: RequestTarget(target), fields: fields)
        head.peer = peer
        if head.fields[HTTPField.Name("Host")!] == nil { head.fields[HTTPField.Name("Host")!] = Self.host }
        if !bytes.isEmpty { head.framing = .length(bytes.count) }
        let acceptance: Acceptance
        switch router.admit(head) {
        case .refuse(let response): return Answer(response)
        case .accept(let accepted): acceptance = accepted
        }
        let request = Request(head: head, body: bytes)
        return await withCheckedContinuation { continuation in
            let responder = Responder(departure: departure) { continuation.resume(returning: Answer($0)) }
            let work = { @Sendable in acceptance.answer(request, responder) }
            if let queue = acceptance.queue { queue.async(execute: work) } else { work() }
        }
    }

    func get(_ target: String, _ fields: HTTPFields = [:]) async -> Answer { await send(.get, target, fields) }

    func post(_ body: String, _ fields: HTTPFields = [:]) async -> Answer {
        var fields = fields
        if fields[.contentType] == nil { fields[.contentType] = "application/json" }
        return await send(.post, "/v1/generations", fields, body: body)
    }

    /// The id of a new job.
    func submit(_ body: String = #"{"steps":2}"#) async throws -> String {
        let answer = await post(body)
        guard let id = answer["id"]?.string else { throw UnexpectedAnswer(answer: answer.text) }
        return id
    }

    /// Asks until the job has ended.
    func end(of id: String) async throws -> Answer {
        for _ in 0..<200 {
            let answer = await get("/v1/jobs/\(id)?wait=5")
            if let status = answer["status"]?.string, JobStatus(rawValue: status)?.isTerminal == true { return answer }
        }
        throw UnexpectedAnswer(answer: "the job \(id) does not end")
    }
}
