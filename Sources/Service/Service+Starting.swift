import HTTP
import Imaging
import Jobs
import Logging
import Tensors

extension Service {
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
        let isDue = reloading.withLock { reloading in
            reloading.isPossible = true
            return reloading.isDue
        }
        if isDue { reload() }
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
        let parts = Running(
            pool: role == .api ? nil : pool, watch: watch, processWatch: processWatch,
            events: role == .worker ? nil : table.events, roster: roster, reloader: reloader, webhooks: webhooks)
        running.withLock { $0 = parts }
        for version in versions { metrics.prepare(model: version.name, kinds: JobRoutes.kinds) }
        if role != .worker { router.install(table.routes) }
    }

    /// Whether no other process shares the queue. Where others do, they know this one by the models that it began with.
    var isAlone: Bool { if case .sqlite = configuration.database { true } else { false } }

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
}
