import GRDB
import Jobs

// How jobs leave the store.
extension SQLiteJobStore {
    public func delete(_ id: JobID) throws(JobStoreError) {
        try writeMakingRoom { db in
            let row = try JobRow.require(db, id: id)
            guard row.job.status.isTerminal else { throw JobStoreError.notTerminal(id, status: row.job.status) }
            try self.remove(db, [row.ordinal], why: .deleted)
        }
    }

    public func sweep(_ policy: RetentionPolicy) throws(JobStoreError) -> Int {
        let forgotten = now.milliseconds - Self.milliseconds(days: policy.tombstoneDays)
        try writeMakingRoom { db in try db.execute(sql: "DELETE FROM tombstones WHERE removed_at < ?", arguments: [forgotten]) }
        var removed = 0
        while true {
            // In portions, so that other writers wait for one only.
            let portion = try writeMakingRoom { db in
                let ordinals = try self.expired(db, policy, limit: 100)
                try self.remove(db, ordinals, why: .expired)
                return ordinals.count
            }
            removed += portion
            if portion == 0 { break }
        }
        return removed
    }

    private func expired(_ db: Database, _ policy: RetentionPolicy, limit: Int) throws -> [Int64] {
        if let days = policy.days {
            let old = try Int64.fetchAll(
                db, sql: "SELECT ordinal FROM jobs WHERE finished_at < ? ORDER BY finished_at LIMIT ?",
                arguments: [now.milliseconds - Self.milliseconds(days: days), limit])
            if !old.isEmpty { return old }
        }
        guard let bytes = policy.bytes else { return [] }
        return try Int64.fetchAll(
            db,
            sql: """
                SELECT ordinal FROM (
                    SELECT ordinal, finished_at, total(stored_bytes) OVER (ORDER BY finished_at DESC, ordinal DESC) AS total
                    FROM jobs WHERE finished_at IS NOT NULL)
                WHERE total > ? ORDER BY finished_at, ordinal LIMIT ?
                """, arguments: [bytes, limit])
    }

    /// Removes jobs with all they have (foreign keys cascade) and leaves tombstones, in the room that they leave.
    private func remove(_ db: Database, _ ordinals: [Int64], why: RemovalReason) throws {
        for ordinal in ordinals {
            let id = try String.fetchOne(db, sql: "DELETE FROM jobs WHERE ordinal = ? RETURNING id", arguments: [ordinal])
            try db.execute(sql: "INSERT OR REPLACE INTO tombstones VALUES (?, ?, ?)", arguments: [id, why.rawValue, now.milliseconds])
        }
    }

    private static func milliseconds(days: Int) -> Int64 {
        let (product, overflow) = Int64(clamping: days).multipliedReportingOverflow(by: 86_400_000)
        // Half the range: subtracting it from any real time cannot overflow.
        return overflow ? Int64.max / 2 : min(product, Int64.max / 2)
    }
}
