import GRDB
import Jobs

/// The job store in one SQLite file, for one process. What it does with jobs is in the files `SQLiteJobStore+...`; this
/// one opens it.
///
/// Two connections, both opened at the start so that a shortage of descriptors cannot stop them later: writes go
/// through one, one after the other; reads through the other, so that they do not wait for a write's fsync.
public final class SQLiteJobStore: JobStore {
    let configuration: Configuration
    /// This process's life: a lease of another owner is a dead process's.
    let owner: String
    let damage: DamageReport
    let path: String
    let file: StoreFile?
    let identity: StoreIdentity?
    let reserve: StoreReserve?
    let observers = StoreObservers()
    let writer: DatabaseQueue
    let reader: DatabaseQueue

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
