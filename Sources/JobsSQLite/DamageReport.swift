import GRDB
import Jobs
import Locking

/// Tells of each damaged row once.
final class DamageReport: Sendable {
    private let told = Lock<Set<Int64>>([])
    private let tell: (@Sendable (DamagedRow) -> Void)?
    /// Rows that are remembered as told.
    private static let most = 10_000

    init(_ tell: (@Sendable (DamagedRow) -> Void)?) { self.tell = tell }

    func note(_ row: DamagedRow) {
        guard let tell else { return }
        let isNew = told.withLock { told in
            if told.count >= Self.most { told.removeAll() }
            return told.insert(row.ordinal).inserted
        }
        if isNew { tell(row) }
    }

    /// The value made of a row; nil, and a note, where the row is damaged.
    func passingOver<Value>(_ body: () throws -> Value) throws -> Value? {
        do {
            return try body()
        } catch JobStoreError.damagedRow(let row) {
            note(row)
            return nil
        }
    }
}

extension DamagedRow {
    /// - Throws: `damagedRow` where a row has no readable id or status.
    static func check(_ row: Row) throws(JobStoreError) -> (id: JobID, status: JobStatus) {
        try check(row["ordinal"], id: row["id"], status: row["status"])
    }
}
