import GRDB
import Jobs

/// The job store in one SQLite file, for one process. What it does with jobs is in the files `SQLiteJobStore+...`; this
/// one opens it and maps its errors.
///
/// Two connections, both opened at the start so that a shortage of descriptors cannot stop them later: writes go
/// through one, one after the other; reads through the other, so that they do not wait for a write's fsync.
public final class SQLiteJobStore: JobStore {
    public struct Configuration: Sendable {
        /// How long to wait for another process to let go of the file.
        public var lockPatience: Duration = .seconds(2)
        /// New jobs are refused when less space than this is free, so that running ones can still be finished; nil: 16
        /// MiB or 5 % of the file system, whichever is less.
        public var reservedBytes: Int64?
        public var clock: @Sendable () -> Timestamp = { .now }
        /// Told of each damaged row, once: what reads many rows passes over it.
        public var onDamage: (@Sendable (DamagedRow) -> Void)?
        /// Told how long each writing transaction took, its fsync included.
        public var onCommit: (@Sendable (Duration) -> Void)?

        /// Whether a store into which another is being copied may be opened, to go on with it.
        var isCopy = false
        /// For tests: the most pages that the file may have.
        package var maximumPages: Int?
        /// For tests: called at the end of each writing transaction; what it throws makes the commit fail.
        package var beforeCommit: (@Sendable () throws -> Void)?
        /// For tests: told of each statement that is run.
        package var onStatement: (@Sendable (String) -> Void)?

        public init() {}
    }

    let configuration: Configuration
    /// This process's life: a lease of another owner is a dead process's.
    let owner: String
    let damage: DamageReport
    let path: String
    private let file: StoreFile?
    private let identity: StoreIdentity?
    let reserve: StoreReserve?
    let observers = StoreObservers()
    private let writer: DatabaseQueue
    private let reader: DatabaseQueue

    /// Opens or makes the store at `path` and brings its tables up to date.
    /// - Throws: `storeInUse`, `unusableStore`, `storeFull`, `storeUnavailable`.
    public init(path: String, configuration: Configuration = Configuration()) throws(JobStoreError) {
        (self.path, self.configuration) = (path, configuration)
        file = try StoreFile(path: path, patience: configuration.lockPatience)
        owner = Self.newToken(configuration)
        damage = DamageReport(configuration.onDamage)
        try SQLiteStoreReader.refuse(path, isCopy: configuration.isCopy)
        (writer, reader) = try Self.translatingErrors { () throws -> (DatabaseQueue, DatabaseQueue) in
            let writer = try DatabaseQueue(path: path, configuration: Self.connection("jobs.write", configuration))
            try SQLiteSchema.migrate(writer, path: path, isCopy: configuration.isCopy)
            var readOnly = Self.connection("jobs.read", configuration)
            readOnly.readonly = true
            return (writer, try DatabaseQueue(path: path, configuration: readOnly))
        }
        identity = try StoreIdentity(storePath: path)
        reserve = StoreReserve(storePath: path, total: file?.space()?.total)
        _ = reserve?.keep()
    }

    /// A store that lives in memory only: for tests, and for trying things out.
    public init(inMemory configuration: Configuration = Configuration()) throws(JobStoreError) {
        (path, self.configuration) = (":memory:", configuration)
        file = nil
        (identity, reserve) = (nil, nil)
        owner = Self.newToken(configuration)
        damage = DamageReport(configuration.onDamage)
        writer = try Self.translatingErrors { () throws -> DatabaseQueue in
            let writer = try DatabaseQueue(configuration: Self.connection("jobs", configuration))
            try SQLiteSchema.migrate(writer, path: ":memory:")
            return writer
        }
        reader = writer
    }

    /// Moves the write-ahead log into the file and closes both connections. Calls after this throw `storeUnavailable`.
    public func close() throws(JobStoreError) {
        try Self.translatingErrors { () throws in
            if reader !== writer { try reader.close() }
            try writer.close()
        }
    }

    public func observe(_ body: @escaping @Sendable (StoreEvent) -> Void) -> StoreObservation { observers.add(body) }

    private static func connection(_ label: String, _ settings: Configuration) -> GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.label = label
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            RuleFunctions.add(to: db)
            if let told = settings.onStatement { db.trace { told($0.description) } }
            // No temporary files: none can then fail to open.
            try db.execute(sql: "PRAGMA temp_store = MEMORY")
            guard !db.configuration.readonly else { return }
            // Freed pages can be given back by the retention sweep. Takes effect on a new file only, and before WAL.
            try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
            guard mode == "wal" || mode == "memory" else {
                throw JobStoreError.unusableStore(
                    path: db.description, reason: "its file system does not let SQLite keep a write-ahead log")
            }
            // With NORMAL a commit in WAL mode is not synced and an acknowledged job could vanish at a loss of power.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try db.execute(sql: "PRAGMA journal_size_limit = 67108864")
            if let pages = settings.maximumPages { try db.execute(sql: "PRAGMA max_page_count = \(pages)") }
        }
        return configuration
    }

    static func newToken(_ configuration: Configuration) -> String {
        var generator = SystemRandomNumberGenerator()
        return JobID(at: configuration.clock(), using: &generator).description
    }

    var now: Timestamp { configuration.clock() }
}

// MARK: - Transactions

extension SQLiteJobStore {
    /// One writing transaction: all or nothing, on disk when it returns, in files that have their names still.
    func write<Value>(_ body: (Database) throws -> Value) throws(JobStoreError) -> Value {
        try identity?.check()
        let start = ContinuousClock.now
        let value = try commit(body)
        configuration.onCommit?(start.duration(to: .now))
        // Removed meanwhile: what was written is lost, and nobody may be told otherwise.
        try identity?.check()
        return value
    }

    private func commit<Value>(_ body: (Database) throws -> Value) throws(JobStoreError) -> Value {
        do {
            return try Self.translatingErrors { () throws -> Value in
                try writer.write { db in
                    let value = try body(db)
                    try configuration.beforeCommit?()
                    return value
                }
            }
        } catch .storeUnavailable(let detail) where space.map({ $0.free < 65_536 }) ?? false {
            // SQLite reports some calls that met a full disk (growing the shared memory, fsync) as plain I/O errors.
            throw .storeFull(detail)
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws(JobStoreError) -> Value {
        try Self.translatingErrors { () throws -> Value in
            // Not `read`: of a closed connection that asks SQLite for its state, which ends the process.
            try reader.inDatabase { db in
                var value: Value?
                try db.inTransaction(.deferred) {
                    value = try body(db)
                    return .commit
                }
                guard let value else { throw JobStoreError.storeUnavailable("a read ended without its value") }
                return value
            }
        }
    }

    /// Outside of any transaction.
    func inWriter(_ body: (Database) throws -> Void) throws(JobStoreError) {
        try Self.translatingErrors { () throws in try writer.inDatabase(body) }
    }

    /// Bytes of the write-ahead log.
    var logSize: Int64 {
        switch file {
        case .some(let file): file.logSize()
        case .none: 0
        }
    }

    /// Bytes of the database itself; nil for a store in memory.
    var databaseSize: Int64? {
        switch file {
        case .some(let file): file.databaseSize()
        case .none: nil
        }
    }

    /// Bytes free on the file system, and its size; nil for a store in memory.
    var space: (free: Int64, total: Int64)? {
        switch file {
        case .some(let file): file.space()
        case .none: nil
        }
    }

    /// For tests: lets the file grow to `pages` pages.
    package func setMaximumPages(_ pages: Int) throws(JobStoreError) {
        try Self.translatingErrors { () throws in
            try writer.inDatabase { db in try db.execute(sql: "PRAGMA max_page_count = \(pages)") }
        }
    }

    /// For tests: the first value that a statement gives on the writing connection.
    package func inspect(_ sql: String) throws(JobStoreError) -> String? {
        try Self.translatingErrors { () throws -> String? in
            try writer.inDatabase { db in
                switch try Row.fetchOne(db, sql: sql)?[0] as (any DatabaseValueConvertible)? {
                case let text as String: text
                case let number as Int64: String(number)
                default: nil
                }
            }
        }
    }

    static func translatingErrors<Value>(_ body: () throws -> Value) throws(JobStoreError) -> Value {
        do {
            return try body()
        } catch let error as JobStoreError {
            throw error
        } catch let error as DatabaseError {
            // GRDB's description holds the statement but not its arguments: nothing of a request gets into a log.
            switch error.resultCode {
            case .SQLITE_FULL: throw .storeFull(error.description)
            default: throw .storeUnavailable(error.description)
            }
        } catch {
            throw .storeUnavailable("\(error)")
        }
    }
}
