import GRDB
import Jobs

// The store as a whole: copied out of, and into.
extension SQLiteJobStore: StoreDestination {
    package var place: String { "sqlite:\(path)" }

    /// Opens a store to copy it, or to copy into it: one that is not there is made.
    package static func openForCopy(path: String) throws(JobStoreError) -> SQLiteJobStore {
        var configuration = Configuration()
        configuration.isCopy = true
        return try SQLiteJobStore(path: path, configuration: configuration)
    }

    /// Whether there is a store at a path.
    package static func exists(path: String) -> Bool { Inode.named(path) != nil }

    package func settle() throws(JobStoreError) {
        // The file's lock says that no process runs a job of it.
        _ = try recover()
    }

    package func look<Value>(_ body: (any StoreSnapshot) throws -> Value) throws(JobStoreError) -> Value {
        try read { db in try body(SQLiteSnapshot(db: db)) }
    }

    package func isUnfinishedCopy() throws(JobStoreError) -> Bool {
        try read { db in try SQLiteSchema.state(db) == .unfinishedCopy }
    }

    package func mark(asUnfinishedCopy: Bool) throws(JobStoreError) {
        try write { db in
            let sql =
                asUnfinishedCopy
                ? "INSERT OR IGNORE INTO grdb_migrations (identifier) VALUES (?)"
                : "DELETE FROM grdb_migrations WHERE identifier = ?"
            try db.run(sql, [SQLiteSchema.unfinishedCopy])
        }
    }

    package func append(_ rows: [StoreRow], to table: StoreTable) throws(JobStoreError) {
        try write { db in
            if table == .counters { return try rows.forEach { try setCounter(db, $0) } }
            let names = table.columns.map(\.name).joined(separator: ", ")
            let sql = """
                INSERT INTO \(table.name) (\(names)) VALUES (\(databaseQuestionMarks(count: table.columns.count)))
                ON CONFLICT (\(table.key.joined(separator: ", "))) DO NOTHING
                """
            for row in rows { try db.run(sql, StatementArguments(row.values.map(\.databaseValue))) }
            // The trigger has noted them; the occurrences of the source come later.
            if table == .images { try db.run("DELETE FROM occurrences") }
        }
    }

    private func setCounter(_ db: Database, _ row: StoreRow) throws {
        let (name, value) = (row.text("name"), row.integer("value") ?? 0)
        try db.run("DELETE FROM sqlite_sequence WHERE name = ?", [name])
        guard value > 0 else { return }
        try db.run("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", [name, value])
    }
}
