import GRDB
import Jobs

/// A store in a file, read beside whatever has it open: nothing is locked, written or migrated.
package final class SQLiteStoreReader: Sendable {
    let path: String
    let reader: DatabaseQueue

    /// The settings of a connection that reads only, waits for those who write, and leaves nothing on the disk.
    static var configuration: GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA temp_store = MEMORY") }
        return configuration
    }

    /// - Throws: `unusableStore` where there is no store, or one that a newer version has made; `storeUnavailable`.
    package init(path: String) throws(JobStoreError) {
        guard Inode.named(path) != nil else { throw .unusableStore(path: path, reason: "there is no such file") }
        self.path = path
        reader = try SQLiteJobStore.translatingErrors { () throws -> DatabaseQueue in
            let reader = try DatabaseQueue(path: path, configuration: Self.configuration)
            if try reader.read(SQLiteSchema.state) == .newer { throw SQLiteSchema.newer(path) }
            return reader
        }
    }

    /// Looks at a store that is about to be opened, so that of one which this version does not open nothing is changed:
    /// not even how its file is written. What else is wrong with it, opening it tells.
    /// - Throws: `unusableStore`.
    static func refuse(_ path: String, isCopy: Bool) throws(JobStoreError) {
        guard FileInMaking.size(of: path) ?? 0 > 0 else { return }
        let reader = try? DatabaseQueue(path: path, configuration: configuration)
        guard let state = try? reader?.read(SQLiteSchema.state) else { return }
        try SQLiteSchema.refuse(state, path: path, isCopy: isCopy)
    }

    /// The name of the last migration of an earlier version's tables; nil for those of this one.
    /// - Throws: `unusableStore` for no store at all; `storeUnavailable`.
    package func earlierSchema() throws(JobStoreError) -> String? {
        try SQLiteJobStore.translatingErrors { () throws -> String? in
            switch try reader.read(SQLiteSchema.state) {
            case .present, .newer, .unfinishedCopy: return nil
            case .earlier(let last):
                guard let last else { throw JobStoreError.unusableStore(path: path, reason: "it is no job store") }
                return last
            }
        }
    }

    /// What SQLite itself finds wrong with the file: of its pages, rows and indexes, and of rows that name others.
    package func faultsOfFile() throws(JobStoreError) -> [StoreFault] {
        try SQLiteJobStore.translatingErrors { () throws -> [StoreFault] in
            do {
                return try foundBySQLite()
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
                // So much is wrong that it gives the search up.
                return [StoreFault("file", expected: "a whole database", got: error.message ?? "another")]
            }
        }
    }

    private func foundBySQLite() throws -> [StoreFault] {
        try reader.read { db in
            let lines = try String.fetchAll(db, sql: "PRAGMA integrity_check(100)").filter { $0 != "ok" }
            let strays = try Row.fetchAll(db, sql: "SELECT * FROM pragma_foreign_key_check LIMIT 100")
            return lines.map { StoreFault("file", expected: "a whole database", got: $0) }
                + strays.map { row in
                    StoreFault(
                        "\(row["table"] as String? ?? "?"), row \(row["rowid"] as Int64? ?? 0)",
                        expected: "a row of \(row["parent"] as String? ?? "?") that it names", got: "none")
                }
        }
    }

    package func look<Value>(_ body: (any StoreSnapshot) throws -> Value) throws(JobStoreError) -> Value {
        try SQLiteJobStore.translatingErrors { () throws -> Value in
            try reader.read { db in try body(SQLiteSnapshot(db: db)) }
        }
    }
}
