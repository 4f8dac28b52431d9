import Copies
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
    public static let version = "0.1.0"

    /// What exists once the models are there.
    private struct Running: Sendable {
        /// Nil for a process that only answers.
        let pool: WorkerPool<DiffusionRunner>?
        let watch: StoreWatch
        /// Nil for a process that only computes.
        let events: EventHub?
        let roster: WorkerRoster
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

    /// Opens the store; nothing runs yet.
    /// - Throws: `ConfigurationError` if the address would expose the service, `JobStoreError`.
    public convenience init(_ configuration: Configuration) throws {
        try configuration.validateExposure()
        try configuration.validateRole()
        guard !configuration.models.isEmpty else {
            throw ConfigurationError(
                source: "models", expected: "at least one model (--model DIR, or `models`)", got: "none")
        }
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
            let models = try loadModels(threads: threads)
            let watches = try loadIndexes(models)
            try serve(models, watches, workers: workers, threads: threads)
            status.begin(models: models.map(\.facts.name))
        } catch {
            server.stop()
            throw error
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

    private func loadModels(threads: Int) throws -> [ServedModel] {
        var models: [ServedModel] = []
        let compute = Compute(threads: threads)
        if compute.threads < threads {
            logger.warning(
                "the system starts no more compute threads", metadata: ["threads": "\(compute.threads) of \(threads)"])
        }
        for reference in configuration.models {
            let start = Platform.monotonicNanoseconds()
            let model: ServedModel
            do {
                model = try ServedModel.load(path: reference.path, name: reference.name)
            } catch {
                throw ModelLoadingError(path: reference.path, reason: "\(error)")
            }
            guard !models.contains(where: { $0.facts.name == model.facts.name }) else {
                throw ModelLoadingError(
                    path: reference.path, reason: "the name \(model.facts.name) is taken by another model")
            }
            let (nanoseconds, pixels) = try model.warmUp(compute)
            board.rates.record(
                model: model.facts.name, nanoseconds: Int64(clamping: nanoseconds), calls: 1,
                unitsPerCall: Int64(pixels))
            models.append(model)
            let milliseconds = Double(Platform.monotonicNanoseconds() - start) / 1e6
            logger.info(
                "model loaded",
                metadata: [
                    "model": "\(model.facts.name)", "parameters": .stringConvertible(model.facts.parameters),
                    "weights_sha256": "\(model.facts.generation.weightsSHA256)", "ms": .stringConvertible(milliseconds),
                ])
        }
        return models
    }

    /// The indexes of training images that the policy asks for. Images cannot be withheld without one, so that is an
    /// error; that they cannot be flagged is said.
    private func loadIndexes(_ models: [ServedModel]) throws -> [String: CopyWatch] {
        var watches: [String: CopyWatch] = [:]
        for (reference, model) in zip(configuration.models, models) {
            let (facts, policy) = (model.facts.generation, configuration.copies)
            let metadata: Logger.Metadata = ["model": "\(model.facts.name)", "policy": "\(policy.rawValue)"]
            let watch: CopyWatch?
            do {
                watch = try CopyWatch(
                    policy, model: reference.path, width: facts.width, height: facts.height, channels: facts.channels)
            } catch {
                throw ModelLoadingError(path: reference.path, reason: "\(error)")
            }
            watches[model.facts.name] = watch
            if let watch {
                logger.info(
                    "images are searched among those of training",
                    metadata: metadata.merging(["images": .stringConvertible(watch.count)]) { $1 })
            } else if policy != .off {
                logger.warning(
                    "no index of training images: copies are not flagged (phantom copies index)", metadata: metadata)
            }
        }
        return watches
    }

    private func serve(
        _ models: [ServedModel], _ watches: [String: CopyWatch], workers: Int, threads: Int
    ) throws {
        let budget = MemoryBudget(
            total: configuration.limits.memoryBytes ?? MachineResources.current.memory / 2, models: models,
            indexes: watches.values.reduce(0) { $0 + $1.bytes }, workers: workers, threads: threads,
            maxBatch: configuration.maxBatch)
        log(budget, models, threads: threads)
        let engine = DiffusionRunner(
            models: models, watches: watches,
            settings: .init(
                threadsPerWorker: threads, maxBatch: configuration.maxBatch, memoryPerWorker: budget.perWorker))
        let roster = WorkerRoster(
            board: board, status: status, role: configuration.role, models: models,
            cores: MachineResources.current.cores)
        roster.start()
        let pool = WorkerPool(
            board: board, engine: engine, configuration: places(models, workers: workers),
            logger: Logger.service("phantom.jobs", configuration.log))
        if configuration.role != .api { try pool.start() }
        var table = RouteTable(
            board: board, status: status, lanes: lanes,
            validator: validator(models, memory: budget.perWorker, threads: threads),
            events: .init(
                streams: .init(total: configuration.limits.streams, perClient: configuration.limits.streamsPerClient),
                previews: { [weak pool] id in pool?.preview(of: id) }))
        table.roster = roster
        let watch = StoreWatch(
            board: board, status: status, lanes: lanes, logger: logger, metrics: metrics,
            streams: table.events.census)
        watch.start()
        for model in models { metrics.prepare(model: model.facts.name, kinds: JobRoutes.kinds) }
        let (isAPI, isWorker) = (configuration.role == .api, configuration.role == .worker)
        running.withLock {
            $0 = Running(pool: isAPI ? nil : pool, watch: watch, events: isWorker ? nil : table.events, roster: roster)
        }
        guard !isWorker else { return }
        router.install(table.routes)
    }

    /// How jobs are taken from the queue; where several processes share it, only jobs that this one can make.
    private func places(_ models: [ServedModel], workers: Int) -> WorkerPoolConfiguration {
        var places = WorkerPoolConfiguration(workers: workers, maximumBatchRows: configuration.maxBatch)
        places.retention = RetentionPolicy(
            days: configuration.retention.days, bytes: Int64(configuration.retention.bytes))
        if case .postgres = configuration.database {
            places.weights = Set(models.map(\.reference))
            places.arithmetic = WorkerRoster.arithmetic
            places.renewalInterval = .fromSeconds(configuration.leaseSeconds / 3)
            places.recoveryInterval = .seconds(1)
        }
        return places
    }

    private func log(_ budget: MemoryBudget, _ models: [ServedModel], threads: Int) {
        logger.info(
            "memory",
            metadata: [
                "bytes": .stringConvertible(budget.total), "weights": .stringConvertible(budget.weights),
                "indexes": .stringConvertible(budget.indexes), "beside": .stringConvertible(budget.beside),
                "per_worker": .stringConvertible(budget.perWorker),
            ])
        for model in models {
            let (width, height) = (model.facts.generation.width, model.facts.generation.height)
            let needed = model.memory(rows: 1, width: width, height: height, threads: threads)
            guard needed > budget.perWorker else { continue }
            logger.warning(
                """
                too little memory for one image of the model's own size: its jobs will be refused \
                (limits.memory_bytes, fewer models or workers)
                """,
                metadata: [
                    "model": "\(model.facts.name)", "bytes": .stringConvertible(needed),
                    "per_worker": .stringConvertible(budget.perWorker),
                ])
        }
    }

    private func validator(_ models: [ServedModel], memory: Int, threads: Int) -> GenerationValidator {
        let limits = RequestLimits(
            count: configuration.limits.count, steps: configuration.limits.steps, pixels: configuration.limits.pixels,
            memoryBytes: memory)
        return GenerationValidator(models: models.map(\.facts), limits: limits) { facts, rows, width, height in
            let model = models.first { $0.facts.name == facts.name }
            return model?.memory(rows: rows, width: width, height: height, threads: threads) ?? 0
        }
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
        let isSaved = running?.pool?.shutdown(deadline: deadline) ?? true
        // The I/O thread cuts the rest off at the deadline itself.
        let left = ContinuousClock.now.duration(to: deadline) + .milliseconds(500)
        _ = answered.wait(timeout: .now() + max(.zero, left).dispatchInterval)
        server.stop(patience: .milliseconds(500))
        running?.watch.stop()
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
