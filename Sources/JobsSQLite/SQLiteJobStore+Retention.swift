import GRDB
import Jobs

// How jobs leave the store.
extension SQLiteJobStore {
    public func delete(_ id: JobID, by actor: String, ifStored stored: Int64?) throws(JobStoreError) {
        try writeMakingRoom { db in
            let row = try JobRow.require(db, id: id)
            guard row.job.status.isTerminal else { throw JobStoreError.notTerminal(id, status: row.job.status) }
            try JobRules.check(row.job, isStillAt: stored)
            try self.remove(db, [row.ordinal], why: .deleted, by: actor)
        }
    }

    public func pin(
        _ id: JobID, _ isPinned: Bool, by actor: String, ifStored stored: Int64?
    ) throws(JobStoreError) -> Job {
        try write { db in
            let row = try JobRow.require(db, id: id)
            guard row.job.isPinned != isPinned else { return row.job }
            try JobRules.check(row.job, isStillAt: stored)
            try db.run(
                "UPDATE jobs SET is_pinned = ?, \(Self.nextVersion) WHERE ordinal = ?", [isPinned, row.ordinal])
            try AuditRow.append(db, .pinned(isPinned, by: actor, row.job.status), job: row.ordinal, at: now)
            return try JobRow.require(db, id: id).job
        }
    }

    public func sweep(_ policy: RetentionPolicy) throws(JobStoreError) -> Int {
        let forgotten = now.milliseconds - JobRules.milliseconds(days: policy.tombstoneDays)
        let undelivered = now.milliseconds - JobRules.milliseconds(days: JobRules.deliveryDays)
        try writeMakingRoom { db in
            try db.run("DELETE FROM tombstones WHERE removed_at < ?", [forgotten])
            // Where nobody sends them any more they would stay for ever.
            try db.run("DELETE FROM deliveries WHERE ended_at < ?", [undelivered])
        }
        var removed = 0
        if let days = policy.days {
            removed += try remove(until: End(time: now.milliseconds - JobRules.milliseconds(days: days), ordinal: .min))
        }
        if let bytes = policy.bytes, let newest = try newestBeyond(bytes) { removed += try remove(until: newest) }
        return removed
    }

    /// Where a job stands among those that have ended.
    private struct End {
        let time: Int64, ordinal: Int64
    }

    /// The newest of the jobs that are too many: those that have ended later take no more than `bytes` together. Looked
    /// for once a sweep: each job that stays is added up once, and those that go are not.
    private func newestBeyond(_ bytes: Int64) throws(JobStoreError) -> End? {
        try read { db in
            let rows = try db.cursor(
                """
                SELECT ordinal, finished_at, stored_bytes FROM jobs
                WHERE finished_at IS NOT NULL AND is_pinned = 0
                ORDER BY finished_at DESC, ordinal DESC
                """)
            var total = 0.0
            while let row = try rows.next() {
                total += Double(row.total("stored_bytes"))
                if total > Double(bytes) { return End(time: row["finished_at"], ordinal: row["ordinal"]) }
            }
            return nil
        }
    }

    /// Removes the jobs that ended no later than `last`, the oldest first, in portions, so that other writers wait for
    /// one only.
    private func remove(until last: End) throws(JobStoreError) -> Int {
        var removed = 0
        while true {
            let portion = try writeMakingRoom { db in
                let ordinals = try db.rows(
                    """
                    SELECT ordinal FROM jobs
                    WHERE finished_at <= ? AND (finished_at < ? OR ordinal <= ?) AND is_pinned = 0
                    ORDER BY finished_at, ordinal LIMIT 100
                    """, [last.time, last.time, last.ordinal]
                ).map { $0["ordinal"] as Int64 }
                try self.remove(db, ordinals, why: .expired, by: "")
                return ordinals.count
            }
            if portion == 0 { return removed }
            removed += portion
        }
    }

    /// Removes jobs with all they have (foreign keys cascade) and leaves tombstones, in the room that they leave.
    private func remove(_ db: Database, _ ordinals: [Int64], why: RemovalReason, by actor: String) throws {
        for ordinal in ordinals {
            try AuditRow.append(db, .removed(why, by: actor), job: ordinal, at: now)
            let removed = try db.first("DELETE FROM jobs WHERE ordinal = ? RETURNING id, owner", [ordinal])
            try db.run(
                "INSERT OR REPLACE INTO tombstones VALUES (?, ?, ?, ?)",
                [removed?["id"], why.rawValue, now.milliseconds, removed?["owner"]])
        }
    }
}
