import GRDB
import Jobs

// Transactions, and what their errors mean.
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
