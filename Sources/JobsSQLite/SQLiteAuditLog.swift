import GRDB
import Jobs

/// The audit log of a store in a file, beside whatever has the store open: what reads it locks, writes and migrates
/// nothing.
public final class SQLiteAuditLog: Sendable {
    private let path: String
    private let reader: DatabaseQueue

    /// - Throws: `unusableStore` where there is no store, or one from before there was an audit log;
    ///   `storeUnavailable`.
    public init(path: String) throws(JobStoreError) {
        guard Inode.named(path) != nil else { throw .unusableStore(path: path, reason: "there is no such file") }
        self.path = path
        reader = try SQLiteJobStore.translatingErrors { () throws -> DatabaseQueue in
            let reader = try DatabaseQueue(path: path, configuration: SQLiteStoreReader.configuration)
            guard try reader.read({ db in try db.tableExists("audit") }) else {
                throw JobStoreError.unusableStore(
                    path: path, reason: "it has no audit log: the service of this version has not opened it yet")
            }
            return reader
        }
    }

    /// Entries after the one of this sequence, in order.
    /// - Throws: `storeUnavailable`.
    public func entries(after sequence: Int64, limit: Int) throws(JobStoreError) -> [AuditEntry] {
        try SQLiteJobStore.translatingErrors { () throws -> [AuditEntry] in
            try reader.read { db in try AuditRow.fetch(db, after: sequence, limit: limit) }
        }
    }

    /// Takes away the entries up to one, that one included, and writes down that this was done, in one transaction.
    /// - Throws: `unusableStore` where there is no such entry with this digest; `storeFull`, `storeUnavailable`.
    public func shorten(through anchor: AuditAnchor, at now: Timestamp) throws(JobStoreError) {
        var configuration = SQLiteStoreReader.configuration
        configuration.readonly = false
        try SQLiteJobStore.translatingErrors { () throws in
            let writer = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? writer.close() }
            try writer.write { db in
                guard let last = try AuditRow.fetch(db, after: anchor.sequence - 1, limit: 1).first,
                    last.sequence == anchor.sequence, last.digest == anchor.digest
                else {
                    throw JobStoreError.unusableStore(
                        path: path, reason: "entry \(anchor.sequence) of its audit log is not what was archived")
                }
                // Before the others go: it follows on the last, which may be among them.
                try AuditRow.append(db, AuditEntry.Event(shortenedThrough: last), at: now)
                let trigger = "audit_is_not_shortened"
                let kept = try String.fetchOne(
                    db, sql: "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = ?", arguments: [trigger])
                if kept != nil { try db.execute(sql: "DROP TRIGGER \(trigger)") }
                try db.execute(sql: "DELETE FROM audit WHERE sequence <= ?", arguments: [anchor.sequence])
                if let kept { try db.execute(sql: kept) }
            }
        }
    }
}
