import HTTP
import Imaging
import Jobs
import JobsPostgres
import JobsSQLite
import Locking
import Logging

/// The running service: where HTTP, jobs and models meet.
///
/// `start` listens first, so that probes answer `STARTING`, then loads the models and takes up the jobs that a process
/// before this one left. `stop` is the same in reverse.
public final class Service: Sendable {
    public static let version = Program.version

    /// What exists once the models are there.
    struct Running: Sendable {
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

    let configuration: Configuration
    let logger: Logger
    let status = ServiceStatus()
    package let lanes = Lanes()
    let router: Router
    let server: Server
    let board: JobBoard
    let metrics: ServiceMetrics
    let running = Lock<Running?>(nil)
    /// Whether the start is over, and whether models are to be loaded anew when it is.
    let reloading = Lock((isPossible: false, isDue: false))
    let modelReferences = Lock<(@Sendable () throws -> [Configuration.ModelReference])?>(nil)

    /// Opens the store; nothing runs yet.
    /// - Throws: `ConfigurationError` if the address would expose the service, `JobStoreError`.
    public convenience init(_ configuration: Configuration) throws {
        try configuration.validateExposure()
        try configuration.validateRole()
        try configuration.validateImages()
        try configuration.validateModels()
        let logger = Logger.service("phantom", configuration.log)
        let noteDamage = { @Sendable (row: DamagedRow) in
            logger.error("a row of the job store is damaged", metadata: ["problem": "\(row)"])
        }
        switch configuration.database {
        case .sqlite(let path):
            var settings = SQLiteJobStore.Configuration()
            settings.onDamage = noteDamage
            let metrics = ServiceMetrics()
            settings.onCommit = { metrics.committed(in: $0) }
            try self.init(configuration, store: SQLiteJobStore(path: path, configuration: settings), metrics: metrics)
        case .postgres(let url):
            var settings = PostgresJobStore.Configuration()
            settings.onDamage = noteDamage
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
}
