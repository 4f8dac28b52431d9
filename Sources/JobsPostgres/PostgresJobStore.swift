import Jobs
import Locking

/// The job store in PostgreSQL, for any number of processes. What it does with jobs is in the files
/// `PostgresJobStore+...`; this one opens it.
///
/// A lease ends by the database's clock, whatever the clocks of the hosts say. What happens here others hear through
/// NOTIFY, sent when it is on disk and apart from its transaction: a notifying transaction keeps all others from
/// committing until it is written. Who misses a word finds out by looking (`PostgresListener`).
public final class PostgresJobStore: JobStore {
    let configuration: Configuration
    /// This process's life, for those who look at leases, and so that nobody hears what he has said himself.
    let owner: String
    /// Where it is, without the password.
    let redactedURL: String
    let pool: ConnectionPool
    let damage: DamageReport
    let observers = StoreObservers()
    let listener: PostgresListener
    /// Leases under which jobs were ended by a commit whose answer never came.
    let uncertain = Lock<Set<String>>([])
    let inputReading = InputReading()
    let endedCounts = EndedCounts()
    /// How many jobs wait at most (`QueueBound`).
    let queueBound = Lock<QueueBound?>(nil)
    /// Counts the writes made here.
    let writes = Lock<Int64>(0)
    let isOut = Lock(false)

    /// Connects, and brings the tables up to date.
    /// - Throws: `unusableStore` with the reason and what to do, `storeUnavailable`.
    public init(url: String, configuration: Configuration = Configuration()) throws(JobStoreError) {
        self.configuration = configuration
        owner = Self.newToken()
        damage = DamageReport(configuration.onDamage)
        let place = PostgresURL.redacted(url)
        redactedURL = place
        if let fault = PostgresConnection.fault(ofURL: url) {
            throw .unusableStore(path: place, reason: "expected postgres://USER@HOST/DATABASE: \(fault)")
        }
        let schema = PostgresSchema(name: configuration.schema)
        pool = ConnectionPool(Self.plan(url, schema, configuration))
        do {
            try Self.awaitStart(pool)
            try pool.withConnection { connection in
                try schema.migrate(connection, url: url, isCopy: configuration.isCopy)
                try Self.checkVersion(connection, place: place)
                try Self.checkDurability(connection, place: place, configuration)
                try BlobPlace(connection: connection, schema: configuration.schema, database: place)
                    .settle(configuration.blobs)
            }
            listener = try PostgresListener(
                schema: configuration.schema, owner: owner, interval: configuration.pollInterval,
                takesTurns: configuration.onlyComputes)
        } catch let error as JobStoreError {
            throw error
        } catch {
            throw .unusableStore(path: place, reason: "\(error)")
        }
        listener.start(
            pool,
            PostgresListener.Handlers(
                tell: { [observers] in observers.tell($0) }, recover: { [weak self] in _ = try? self?.recover() }))
    }

    deinit {
        listener.stop(patience: 0)
        pool.close()
    }

    public func observe(_ body: @escaping @Sendable (StoreEvent) -> Void) -> StoreObservation { observers.add(body) }

    public func close() throws(JobStoreError) {
        listener.stop(patience: 2)
        pool.close()
    }

    static func newToken() -> String {
        var generator = SystemRandomNumberGenerator()
        return JobID(at: .now, using: &generator).description
    }

    /// The time to be used in place of the database's; null: none.
    var now: SQLValue { configuration.clock.map { .integer($0().milliseconds) } ?? .null }

    var leaseMilliseconds: SQLValue { .integer(configuration.leaseDuration.wholeMilliseconds) }

    /// Tells observers here on this thread, and others through the server.
    func tell(_ events: [StoreEvent]) {
        observers.tell(events)
        listener.send(events)
    }
}
