import Dispatch
import HTTP
import Imaging
import Jobs
import JobsPostgres
import JobsSQLite
import Locking
import Logging
import Tensors

/// The running service: where HTTP, jobs and models meet.
///
/// `start` listens first, so that probes answer `STARTING`, then loads the models and takes up the jobs that a process
/// before this one left. `stop` is the same in reverse.
public final class Service: Sendable {
    public static let version = Program.version

    /// What exists once the models are there.
    private struct Running: Sendable {
        /// Nil for a process that only answers.
        let pool: WorkerPool<DiffusionRunner>?
        let watch: StoreWatch
        let processWatch: ProcessWatch
        /// Nil for a process that only computes.
        let events: EventHub?
        let roster: WorkerRoster
        let reloader: ModelReloader
        let webhooks: WebhookSender?
    }

    private let configuration: Configuration
    private let logger: Logger
    private let status = ServiceStatus()
    package let lanes = Lanes()
    private let router: Router
    private let server: Server
    private let board: JobBoard
    private let metrics: ServiceMetrics
    private let running = Lock<Running?>(nil)
    private let modelReferences = Lock<(@Sendable () throws -> [Configuration.ModelReference])?>(nil)

    /// Opens the store; nothing runs yet.
    /// - Throws: `ConfigurationError` if the address would expose the service, `JobStoreError`.
    public convenience init(_ configuration: Configuration) throws {
        try configuration.validateExposure()
        try configuration.validateRole()
        try configuration.validateImages()
        try configuration.validateModels()
        switch configuration.database {
        case .sqlite(let path):
            var settings = SQLiteJobStore.Configuration()
            let logger = Logger.service("phantom", configuration.log)
            settings.onDamage = { logger.error("a row of the job store is damaged", metadata: ["problem": "\($0)"]) }
            let metrics = ServiceMetrics()
            settings.onCommit = { metrics.committed(in: $0) }
            try self.init(configuration, store: SQLiteJobStore(path: path, configuration: settings), metrics: metrics)
        case .postgres(let url):
            var settings = PostgresJobStore.Configuration()
            let logger = Logger.service("phantom", configuration.log)
            settings.leaseDuration = .fromSeconds(configuration.leaseSeconds)
            settings.mayForget = configuration.durability == .mayForget
            settings.onlyComputes = configuration.role == .worker
            settings.blobs = try configuration.blobs()
            settings.onBlobTrouble = { logger.error("images outside of the database", metadata: ["problem": "\($0)"]) }
            settings.onOutage = { problem in
                if let problem {
                    logger.error("the database does not answer", metadata: ["problem": "\(problem)"])
                } else {
                    logger.notice("the database answers again")
                }
            }
            try self.init(configuration, store: PostgresJobStore(url: url, configuration: settings))
        }
    }

    package init(
        _ configuration: Configuration, store: any JobStore, metrics: ServiceMetrics = ServiceMetrics()
    ) throws {
        self.metrics = metrics
        self.configuration = configuration
        logger = Logger.service("phantom", configuration.log)
        let httpLogger = Logger.service("phantom.http", configuration.log)
        board = try JobBoard(store: store, configuration: .init(queueLimit: configuration.queueLimit, meter: metrics))
        router = Router(configuration, status: status, lanes: lanes, logger: httpLogger, metrics: metrics)
        server = Server(configuration: ServerConfiguration(configuration), handler: router, logger: httpLogger)
    }

    /// The port that is listened on, once `start` has begun.
    public var port: Int? { server.port.map(Int.init) }

    /// An orchestrator may set variables of its own that look like ours, so these are no error.
    /// - Parameter reasons: why each is none of ours, by name.
    public func warn(ofIgnoredVariables reasons: [String: String]) {
        for (name, reason) in reasons.sorted(by: { $0.key < $1.key }) {
            logger.warning("environment variable ignored", metadata: ["name": "\(name)", "reason": "\(reason)"])
        }
    }

    // MARK: Starting

    /// Returns when jobs are accepted.
    /// - Throws: what listening, loading a model or recovering the jobs throws; nothing runs then.
    public func start() throws {
        let resources = MachineResources.current
        let (workers, threads) = configuration.threads(cores: resources.cores)
        log(resources, workers: workers, threads: threads)
        router.install(
            RouteTable.probes(
                status: status, queueLimit: configuration.queueLimit, workers: workers, metrics: metrics))
        metrics.gauge("phantom_queue_limit", [], Double(configuration.queueLimit))
        metrics.gauge("phantom_workers", [], Double(workers))
        do {
            try server.start()
        } catch {
            throw ListeningError(host: configuration.host, port: configuration.port, reason: "\(error)")
        }
        do {
            let layout = WorkerLayout(workers: workers, threads: threads, maxBatch: configuration.maxBatch)
            let loader = ModelLoader(configuration: configuration, layout: layout, rates: board.rates, logger: logger)
            let versions = try loadModels(loader)
            try serve(versions, loader)
            status.begin(models: versions.map(\.name))
        } catch {
            server.stop()
            throw error
        }
        if status.models.isEmpty {
            logger.warning("no model is loaded: name one under `models`, then POST /v1/models/reload or send SIGHUP")
        }
        logger.notice("ready", metadata: ["models": "\(status.models.joined(separator: ", "))"])
    }

    /// What there is to compute with, and what of it differs from what the configuration asks for.
    private func log(_ resources: MachineResources, workers: Int, threads: Int) {
        logger.notice(
            "resources",
            metadata: [
                "cores": .stringConvertible(resources.cores), "cores_by": "\(resources.coresSource)",
                "memory_bytes": .stringConvertible(resources.memory), "memory_by": "\(resources.memorySource)",
            ])
        let (askedWorkers, askedThreads) = (configuration.workers ?? workers, configuration.threadsPerWorker ?? threads)
        if (askedWorkers, askedThreads) != (workers, threads) {
            logger.warning(
                """
                fewer compute threads than the configuration asks for: \
                there are at most \(Configuration.mostThreads(cores: resources.cores))
                """,
                metadata: [
                    "workers": "\(workers) of \(askedWorkers)", "threads_per_worker": "\(threads) of \(askedThreads)",
                    "cores": "\(resources.cores)",
                ])
        }
        if workers * threads > resources.cores {
            logger.warning(
                "more compute threads than cores",
                metadata: ["workers": "\(workers)", "threads_per_worker": "\(threads)"])
        }
    }

    private func loadModels(_ loader: ModelLoader) throws -> [ModelShelf.Version] {
        let asked = loader.layout.threads, compute = Compute(threads: asked)
        if compute.threads < asked {
            logger.warning(
                "the system starts no more compute threads",
                metadata: ["threads": "\(compute.threads) of \(asked)"])
        }
        var versions: [ModelShelf.Version] = []
        for reference in configuration.models {
            let version = try loader.load(reference)
            guard !versions.contains(where: { $0.name == version.name }) else {
                throw ModelLoadingError(
                    path: reference.path, reason: "the name \(version.name) is taken by another model")
            }
            versions.append(version)
        }
        return versions
    }

    private func serve(_ versions: [ModelShelf.Version], _ loader: ModelLoader) throws {
        let budget = loader.budget(versions)
        loader.log(budget, versions)
        let shelf = ModelShelf(versions, settings: loader.settings(budget))
        let roster = WorkerRoster(
            board: board, status: status, role: configuration.role, models: versions.map(\.model),
            cores: MachineResources.current.cores)
        roster.start()
        let pool = WorkerPool(
            board: board, engine: DiffusionRunner(shelf), configuration: places(versions, loader.layout),
            logger: Logger.service("phantom.jobs", configuration.log))
        if configuration.role != .api { try pool.start() }
        var table = RouteTable(
            board: board, status: status, lanes: lanes,
            validator: loader.validator(versions, memory: budget.perWorker),
            events: .init(
                streams: .init(total: configuration.limits.streams, perClient: configuration.limits.streamsPerClient),
                previews: { [weak pool] id in pool?.preview(of: id) }))
        table.roster = roster
        let webhooks = webhookSender()
        table.targets = configuration.webhooks?.targets
        webhooks?.start()
        let watch = StoreWatch(board: board, status: status, lanes: lanes, logger: logger, metrics: metrics)
        // A process that answers nobody needs to know less: of a hundred of them each would ask every second.
        watch.start(counting: configuration.role == .worker ? 15 : 1)
        let processWatch = ProcessWatch(metrics: metrics, streams: table.events.census)
        processWatch.start(on: lanes.reading)
        if isAlone {
            // The table names the reloader, and the reloader makes tables: it is found where the service keeps it.
            table.reload = { [weak self] completion in self?.running.withLock { $0?.reloader }?.reload(completion) }
        }
        let reloader = reloader(shelf, loader, table)
        let role = configuration.role
        running.withLock {
            $0 = Running(
                pool: role == .api ? nil : pool, watch: watch, processWatch: processWatch,
                events: role == .worker ? nil : table.events, roster: roster, reloader: reloader, webhooks: webhooks)
        }
        for version in versions { metrics.prepare(model: version.name, kinds: JobRoutes.kinds) }
        if role != .worker { router.install(table.routes) }
    }

    /// Whether no other process shares the queue. Where others do, they know this one by the models that it began with.
    private var isAlone: Bool { if case .sqlite = configuration.database { true } else { false } }

    /// How jobs are taken from the queue; where several processes share it, only jobs that this one can make.
    private func places(_ versions: [ModelShelf.Version], _ layout: WorkerLayout) -> WorkerPoolConfiguration {
        var places = WorkerPoolConfiguration(workers: layout.workers, maximumBatchRows: layout.maxBatch)
        places.retention = RetentionPolicy(
            days: configuration.retention.days, bytes: Int64(configuration.retention.bytes))
        if case .postgres = configuration.database {
            places.weights = Set(versions.map(\.jobReference))
            places.arithmetic = WorkerRoster.arithmetic
            places.sharesJobs = true
            places.renewalInterval = .fromSeconds(configuration.leaseSeconds / 3)
            // The store looks after those whose moment is known; this is for what it misses.
            places.recoveryInterval = .fromSeconds(configuration.leaseSeconds)
        }
        return places
    }

    private func webhookSender() -> WebhookSender? {
        guard let settings = configuration.webhooks, let outbox = board.outbox else { return nil }
        return WebhookSender(
            outbox: outbox, settings: settings, metrics: metrics,
            logger: Logger.service("phantom.webhooks", configuration.log))
    }

    // MARK: Reloading

    /// - Parameter references: the models as they are configured at any later time; throws what makes that unreadable.
    public func readModels(_ references: @escaping @Sendable () throws -> [Configuration.ModelReference]) {
        modelReferences.withLock { $0 = references }
    }

    /// Loads models that are new or have changed and drops those that are gone, without losing a job. What becomes of
    /// each is in the log; a service that has not started yet has nothing to load anew.
    public func reload() {
        guard isAlone else {
            logger.error("models are not loaded anew: the queue is shared; start one process after the other again")
            return
        }
        running.withLock { $0?.reloader }?.reload { _ in }
    }

    private func reloader(_ shelf: ModelShelf, _ loader: ModelLoader, _ table: RouteTable) -> ModelReloader {
        let probes = router.routes
        let (router, metrics, status, models) = (router, metrics, status, configuration.models)
        return ModelReloader(
            shelf: shelf, loader: loader, board: board,
            references: { [weak self] in try self?.modelReferences.withLock { $0 }?() ?? models },
            install: { versions, validator in
                for version in versions { metrics.prepare(model: version.name, kinds: JobRoutes.kinds) }
                var table = table
                table.validator = validator
                router.replace(probes + table.routes)
                status.begin(models: versions.map(\.name))
            })
    }

    // MARK: Stopping

    /// Stops gracefully: readiness off, no new connections, waiting clients answered, progress saved, the store closed.
    ///
    /// Takes at most `timeouts.drain` and four seconds, whatever a lane, the store, a client or a worker does: each is
    /// waited for until then, and left.
    /// - Returns: whether everything was written in time. What was not is taken up at the next start, as after a crash.
    @discardableResult
    public func stop() -> Bool {
        status.drain()
        logger.notice("stopping")
        board.notifications.wakeAll()
        let drain = Duration.fromSeconds(configuration.timeouts.drain)
        let deadline = ContinuousClock.now + drain
        let answered = DispatchSemaphore(value: 0)
        server.drain(deadline: drain) { answered.signal() }
        let running = running.withLock { $0 }
        running?.events?.stop()
        running?.roster.stop()
        running?.webhooks?.stop()
        let isSaved = running?.pool?.shutdown(deadline: deadline) ?? true
        // The I/O thread cuts the rest off at the deadline itself.
        let left = ContinuousClock.now.duration(to: deadline) + .milliseconds(500)
        _ = answered.wait(timeout: .now() + max(.zero, left).dispatchInterval)
        server.stop(patience: .milliseconds(500))
        running?.watch.stop()
        running?.processWatch.stop()
        let isClosed = closeStore(by: deadline + .seconds(4))
        logger.notice("stopped", metadata: ["complete": "\(isSaved && isClosed)"])
        return isSaved && isClosed
    }

    /// Not on a lane: what waits there may wait for ever. The store closes between two transactions.
    private func closeStore(by deadline: ContinuousClock.Instant) -> Bool {
        let outcome = Lock<Result<Void, any Error>?>(nil)
        let closed = DispatchSemaphore(value: 0)
        DispatchQueue(label: "phantom.closing").async { [board] in
            let result = Result { try board.close() }
            outcome.withLock { $0 = result }
            closed.signal()
        }
        _ = closed.wait(timeout: .now() + ContinuousClock.now.duration(to: deadline).dispatchInterval)
        switch outcome.withLock({ $0 }) {
        case .success?: return true
        case .failure(let error)?: logger.error("the store could not be closed", metadata: ["error": "\(error)"])
        case nil: logger.error("the store does not close")
        }
        return false
    }
}

/// An address that cannot be listened on.
public struct ListeningError: Error, Sendable, CustomStringConvertible {
    public let host: String
    public let port: Int
    public let reason: String

    public var description: String { "cannot listen on \(host), port \(port): \(reason)" }
}
