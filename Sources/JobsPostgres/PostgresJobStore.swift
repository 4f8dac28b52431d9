import Blobs
import Dispatch
import Jobs
import Locking

/// The job store in PostgreSQL, for any number of processes. What it does with jobs is in the files
/// `PostgresJobStore+...`; this one opens it, runs transactions and maps errors.
///
/// A lease ends by the database's clock, whatever the clocks of the hosts say. What happens here others hear through
/// NOTIFY, sent when it is on disk and apart from its transaction: a notifying transaction keeps all others from
/// committing until it is written. Who misses a word finds out by looking (`PostgresListener`).
public final class PostgresJobStore: JobStore {
    public struct Configuration: Sendable {
        /// The schema that holds the tables.
        public var schema = "phantom"
        /// Connections, beside the one that listens.
        public var connections = 8
        /// How long a lease lasts unless it is renewed.
        public var leaseDuration = Duration.seconds(15)
        /// After so long the server gives a statement up.
        public var statementTimeout = Duration.seconds(30)
        /// How long a call tries again while the server is out of reach.
        public var patience = Duration.seconds(2)
        /// How often the listener looks for what it has not been told.
        public var pollInterval = Duration.seconds(2)
        /// Whether this process answers nobody: it hears of jobs by turns with its like (`PostgresListener.attend`).
        public var onlyComputes = false
        /// Whether commits may be told before they are on disk (`synchronous_commit = off`).
        public var mayForget = false
        /// Where images and inputs are put, outside of the database; nil: into it.
        public var blobs: (any BlobStore)?
        /// Told of what is not right there and is not anybody's call.
        public var onBlobTrouble: (@Sendable (_ problem: String) -> Void)?
        /// Told when the server has gone and when it is back.
        public var onOutage: (@Sendable (_ problem: String?) -> Void)?

        /// So long, by the database's clock, a blob stays that no row names: that of a row which is still to be
        /// written, and that of a row which has gone.
        package var blobGrace = Duration.seconds(3_600)
        /// So long this process leaves a job to others whose inputs it could not read.
        package var inputPause = Duration.seconds(30)
        /// Whether a store into which another is being copied may be opened, to go on with it.
        var isCopy = false
        /// For tests: the time that counts in place of the database's.
        package var clock: (@Sendable () -> Timestamp)?
        /// For tests: asked after each commit whether its answer is to be lost.
        package var losesAnswer: (@Sendable () -> Bool)?

        public init() {}
    }

    let configuration: Configuration
    /// This process's life, for those who look at leases, and so that nobody hears what he has said himself.
    let owner: String
    /// Where it is, without the password.
    let redactedURL: String
    let pool: ConnectionPool
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
    private let isOut = Lock(false)

    /// Connects, and brings the tables up to date.
    /// - Throws: `unusableStore` with the reason and what to do, `storeUnavailable`.
    public init(url: String, configuration: Configuration = Configuration()) throws(JobStoreError) {
        self.configuration = configuration
        owner = Self.newToken()
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

    /// Waits for a server that is just coming up; whatever else is wrong is thrown by what follows.
    private static func awaitStart(_ pool: ConnectionPool) throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            do {
                return try pool.withConnection { _ in }
            } catch let error as PostgresError {
                guard error.state == "57P03" else { throw error }
                sleep(.milliseconds(200))
            }
        }
    }

    deinit {
        listener.stop(patience: 0)
        pool.close()
    }

    private static func plan(
        _ url: String, _ schema: PostgresSchema, _ configuration: Configuration
    ) -> ConnectionPool.Plan {
        let milliseconds = configuration.statementTimeout.wholeMilliseconds
        return ConnectionPool.Plan(
            url: url, most: configuration.connections,
            // Without statistics of a queue that has just grown, a bitmap of all of it looks cheaper than its first row
            // in the order of an index. And a plan is made once for each statement, whatever its values.
            preparation: """
                SET search_path TO \(schema.quoted), pg_temp; SET statement_timeout = \(milliseconds);
                SET lock_timeout = \(milliseconds); SET idle_in_transaction_session_timeout = \(milliseconds);
                SET default_transaction_isolation = 'read committed'; SET enable_bitmapscan = off;
                SET plan_cache_mode = force_generic_plan;
                """,
            // A host that has been cut off must not hold a thread for the hours of the system's defaults.
            defaults: [
                ("application_name", "phantom"), ("connect_timeout", "5"), ("keepalives_idle", "10"),
                ("keepalives_interval", "5"), ("keepalives_count", "3"), ("tcp_user_timeout", "15000"),
                ("client_encoding", "UTF8"),
            ])
    }

    /// What the statements need: `pg_current_xact_id`.
    private static let leastVersion: Int64 = 130_000

    /// - Throws: `unusableStore` for a server that is too old.
    private static func checkVersion(_ connection: PostgresConnection, place: String) throws {
        let row = try connection.run(
            "SELECT current_setting('server_version_num')::bigint AS number, current_setting('server_version') AS name"
        ).rows.first
        guard let row, (row.integer("number") ?? 0) < leastVersion else { return }
        throw JobStoreError.unusableStore(
            path: place, reason: "expected PostgreSQL 13 or later, got \(row.text("name"))")
    }

    /// - Throws: `unusableStore` when a job that was acknowledged may be forgotten.
    private static func checkDurability(
        _ connection: PostgresConnection, place: String, _ configuration: Configuration
    ) throws {
        guard !configuration.mayForget else { return }
        let setting = try connection.run("SELECT current_setting('synchronous_commit') AS setting").rows.first?.text(
            "setting")
        guard setting == "off" else { return }
        throw JobStoreError.unusableStore(
            path: place,
            reason: """
                synchronous_commit is off: a crash of the server would forget jobs that were accepted. Turn it on \
                (ALTER ROLE ... SET synchronous_commit = on), or say that this may be: \
                "durability": "may-forget" (PHANTOM_DURABILITY)
                """)
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

// MARK: - Transactions

extension PostgresJobStore {
    /// Thrown inside of a transaction that has to begin again: another was in its way.
    struct Collision: Error {}

    /// What a transaction is told of its earlier attempts.
    struct Attempt {
        /// Whether an earlier one may have been committed.
        var mayHaveCommitted = false
        fileprivate var isCommitSent = false
    }

    /// One writing transaction: all or nothing, on disk when it returns. It begins again after a collision, and, as
    /// long as `patience` lasts, when the connection was lost.
    func write<Value>(_ body: (PostgresConnection, Attempt) throws -> Value) throws(JobStoreError) -> Value {
        try writeAndRead { connection, attempt in
            let value = try body(connection, attempt)
            return { value }
        }
    }

    /// The same, where what is returned is in answers that come with that to the commit: what `body` gives is called
    /// after it. The beginning goes with the first statement, and what waits with the commit.
    func writeAndRead<Value>(
        _ body: (PostgresConnection, Attempt) throws -> () throws -> Value
    ) throws(JobStoreError) -> Value {
        let value = try retrying { attempt in
            try pool.withConnection { connection in
                attempt.isCommitSent = false
                let value: () throws -> Value = try connection.transaction("BEGIN") {
                    let value = try body(connection, attempt)
                    attempt.isCommitSent = true
                    return value
                }
                if configuration.losesAnswer?() ?? false { throw PostgresError.lostAnswer }
                return try value()
            }
        }
        writes.withLock { $0 &+= 1 }
        return value
    }

    /// One writing statement, which is a transaction by itself: one round trip instead of three. It has to be one that
    /// may be run twice.
    func writeOne<Value>(_ body: (PostgresConnection) throws -> Value) throws(JobStoreError) -> Value {
        let value = try read { connection in
            let value = try body(connection)
            if configuration.losesAnswer?() ?? false { throw PostgresError.lostAnswer }
            return value
        }
        writes.withLock { $0 &+= 1 }
        return value
    }

    /// Statements that change nothing and see one state of the store each.
    func read<Value>(_ body: (PostgresConnection) throws -> Value) throws(JobStoreError) -> Value {
        try retrying { _ in try pool.withConnection(body) }
    }

    /// Several reads that see the same state.
    func snapshot<Value>(_ body: (PostgresConnection) throws -> Value) throws(JobStoreError) -> Value {
        try read { connection in
            try connection.transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") { try body(connection) }
        }
    }

    private func retrying<Value>(_ body: (inout Attempt) throws -> Value) throws(JobStoreError) -> Value {
        let deadline = ContinuousClock.now + configuration.patience
        var attempt = Attempt(), collisions = 0, pause = Duration.milliseconds(20)
        while true {
            do {
                let value = try body(&attempt)
                note(outage: nil)
                return value
            } catch let error as JobStoreError {
                throw error
            } catch is Collision where collisions < 50 {
                collisions += 1
            } catch let error as PostgresError where error.isCollision && collisions < 50 {
                collisions += 1
            } catch let error as PostgresError where error.isOutage {
                if attempt.isCommitSent { attempt.mayHaveCommitted = true }
                pool.forgetFree()
                note(outage: error)
                guard ContinuousClock.now + pause < deadline else { throw error.storeError }
                Self.sleep(pause)
                pause = min(.milliseconds(500), pause * 2)
            } catch let error as PostgresError {
                throw error.storeError
            } catch {
                throw .storeUnavailable("\(error)")
            }
        }
    }

    private func note(outage: PostgresError?) {
        let changed = isOut.withLock { isOut in
            defer { isOut = outage != nil }
            return isOut != (outage != nil)
        }
        if changed { configuration.onOutage?(outage.map { "\($0)" }) }
    }

    private static func sleep(_ duration: Duration) {
        _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(Int(duration.wholeMilliseconds)))
    }

    /// For tests: the first value that a statement gives.
    package func inspect(_ sql: String) throws(JobStoreError) -> String? {
        try read { connection in
            switch try connection.run(sql).rows.first?.values.first {
            case .text(let text): text
            case .integer(let number): String(number)
            default: nil
            }
        }
    }
}

extension Duration {
    /// Rounded down.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return Int64(clamping: Int(clamping: seconds).multipliedReportingOverflow(by: 1_000).partialValue)
            &+ attoseconds / 1_000_000_000_000_000
    }
}
