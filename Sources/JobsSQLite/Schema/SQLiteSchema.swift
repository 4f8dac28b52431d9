import GRDB
import Jobs

/// The tables, as named migrations. Append only: a migration that has shipped is never changed.
enum SQLiteSchema {
    /// Stands among the migrations of a store into which another is being copied, so that no service, of whatever
    /// version, opens it before all is there.
    static let unfinishedCopy = "unfinished copy"

    /// - Parameter isCopy: whether a copy into the store may be gone on with.
    /// - Throws: `unusableStore` when a newer version has made the file, or a copy into it was not finished.
    static func migrate(_ queue: DatabaseQueue, path: String, isCopy: Bool = false) throws {
        let state = try queue.read(state)
        try refuse(state, path: path, isCopy: isCopy)
        if state != .unfinishedCopy { try migrator.migrate(queue) }
    }

    /// - Throws: as `migrate`.
    static func refuse(_ state: State, path: String, isCopy: Bool) throws(JobStoreError) {
        switch state {
        case .newer: throw newer(path)
        case .unfinishedCopy where !isCopy:
            throw .unusableStore(
                path: path,
                reason: """
                    another store was being copied into it, and not to the end: give the same \
                    phantom store copy again, or remove it
                    """)
        case .present, .earlier, .unfinishedCopy: break
        }
    }

    static func newer(_ path: String) -> JobStoreError {
        .unusableStore(
            path: path, reason: "it was written by a newer version of this program, which has tables unknown here")
    }

    /// What a file's tables are to this version.
    enum State: Hashable {
        case present, newer, unfinishedCopy
        /// They lack migrations of this version: all, where there is nothing in the file.
        case earlier(last: String?)
    }

    static func state(_ db: Database) throws -> State {
        let applied = try migrator.appliedIdentifiers(db)
        if applied.contains(unfinishedCopy) { return .unfinishedCopy }
        let known = migrator.migrations
        if !applied.isSubset(of: known) { return .newer }
        return applied.count == known.count ? .present : .earlier(last: known.last(where: applied.contains))
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("jobs") { db in try db.execute(sql: SQLiteTables.jobs) }
        migrator.registerMigration("inputs") { db in try db.execute(sql: SQLiteTables.inputs) }
        migrator.registerMigration("lists") { db in try db.execute(sql: SQLiteTables.lists) }
        migrator.registerMigration("turns") { db in try db.execute(sql: SQLiteTables.turns) }
        migrator.registerMigration("runs") { db in try db.execute(sql: SQLiteTables.runs) }
        migrator.registerMigration("units") { db in try db.execute(sql: SQLiteTables.units) }
        migrator.registerMigration("leases") { db in try db.execute(sql: SQLiteTables.leases) }
        migrator.registerMigration("occurrences") { db in try db.execute(sql: SQLiteTables.occurrences) }
        migrator.registerMigration("gallery") { db in try db.execute(sql: SQLiteTables.gallery) }
        migrator.registerMigration("owners") { db in try db.execute(sql: SQLiteTables.owners) }
        migrator.registerMigration("audit") { db in try db.execute(sql: SQLiteTables.audit) }
        migrator.registerMigration("webhooks") { db in try db.execute(sql: SQLiteTables.webhooks) }
        migrator.registerMigration("arithmetic") { db in try db.execute(sql: SQLiteTables.arithmetic) }
        migrator.registerMigration("ends") { db in try db.execute(sql: SQLiteTables.ends) }
        return migrator
    }
}
