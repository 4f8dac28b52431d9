import GRDB
import Jobs

/// The audit log of a store in a file, read beside whatever has the store open: nothing is locked, written or migrated.
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
}
