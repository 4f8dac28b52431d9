import Blobs
import Jobs

// How jobs leave the store.
extension PostgresJobStore {
    public func delete(_ id: JobID, by actor: String, ifStored stored: Int64?) throws(JobStoreError) {
        try write { connection, attempt in
            do {
                let row = try JobRow.require(connection, id: id, locked: true)
                guard row.job.status.isTerminal else { throw JobStoreError.notTerminal(id, status: row.job.status) }
                try JobRules.check(row.job, isStillAt: stored)
                try self.remove(connection, [row.ordinal], why: .deleted, by: actor)
            } catch JobStoreError.gone where attempt.mayHaveCommitted {
                // By the attempt whose answer was lost.
            }
        }
    }

    public func pin(
        _ id: JobID, _ isPinned: Bool, by actor: String, ifStored stored: Int64?
    ) throws(JobStoreError) -> Job {
        try write { connection, _ in
            let row = try JobRow.require(connection, id: id, locked: true)
            guard row.job.isPinned != isPinned else { return row.job }
            try JobRules.check(row.job, isStillAt: stored)
            try connection.run(
                "UPDATE jobs SET is_pinned = $2, \(Self.nextVersion) WHERE ordinal = $1",
                [.integer(row.ordinal), .boolean(isPinned)])
            try AuditRow.append(
                connection, .pinned(isPinned, by: actor, row.job.status), job: row.ordinal, at: self.now)
            return try JobRow.require(connection, id: id).job
        }
    }

    public func sweep(_ policy: RetentionPolicy) throws(JobStoreError) -> Int {
        try write { connection, _ in
            _ = try connection.run(
                "DELETE FROM tombstones WHERE removed_at < moment($1) - $2::bigint",
                [self.now, .integer(JobRules.milliseconds(days: policy.tombstoneDays))])
            // Where nobody sends them any more they would stay for ever.
            _ = try connection.run(
                "DELETE FROM deliveries WHERE ended_at < moment($1) - $2::bigint",
                [self.now, .integer(JobRules.milliseconds(days: JobRules.deliveryDays))])
        }
        var removed = 0
        if let days = policy.days {
            removed += try remove(
                where: "finished_at < moment($1) - $2::bigint", [now, .integer(JobRules.milliseconds(days: days))])
        }
        if let bytes = policy.bytes, let (time, ordinal) = try newestBeyond(bytes) {
            removed += try remove(
                where: "(finished_at, ordinal) <= ($1::bigint, $2::bigint)", [.integer(time), .integer(ordinal)])
        }
        try sweepBlobs()
        return removed
    }

    /// The newest of the jobs that are too many: those that have ended later take no more than `bytes` together.
    private func newestBeyond(_ bytes: Int64) throws(JobStoreError) -> (time: Int64, ordinal: Int64)? {
        try read { connection in
            let row = try connection.run(
                """
                SELECT finished_at, ordinal FROM (
                    SELECT finished_at, ordinal,
                        sum(stored_bytes) OVER (ORDER BY finished_at DESC, ordinal DESC) AS total
                    FROM jobs WHERE finished_at IS NOT NULL AND NOT is_pinned) AS ended
                WHERE total > $1::bigint ORDER BY finished_at DESC, ordinal DESC LIMIT 1
                """, [.integer(bytes)]
            ).rows.first
            return row.map { ($0.integer("finished_at") ?? 0, $0.integer("ordinal") ?? 0) }
        }
    }

    /// Removes the jobs of which the condition holds, the oldest first, in portions, so that nobody waits for more than
    /// one. What another process is removing is left to it.
    private func remove(where condition: String, _ parameters: [SQLValue]) throws(JobStoreError) -> Int {
        var removed = 0
        while true {
            let portion = try write { connection, _ in
                let ordinals = try connection.run(
                    """
                    SELECT ordinal FROM jobs WHERE finished_at IS NOT NULL AND NOT is_pinned AND \(condition)
                    ORDER BY finished_at, ordinal LIMIT 100 FOR UPDATE SKIP LOCKED
                    """, parameters
                ).rows.compactMap { $0.integer("ordinal") }
                try self.remove(connection, ordinals, why: .expired, by: "")
                return ordinals.count
            }
            if portion == 0 { return removed }
            removed += portion
        }
    }

    /// Removes jobs with all they have (foreign keys cascade) and leaves tombstones.
    private func remove(_ connection: PostgresConnection, _ ordinals: [Int64], why: RemovalReason, by actor: String)
        throws
    {
        guard !ordinals.isEmpty else { return }
        for ordinal in ordinals {
            try AuditRow.append(connection, .removed(why, by: actor), job: ordinal, at: now)
        }
        try connection.run(
            """
            WITH removed AS (DELETE FROM jobs WHERE ordinal = ANY($1) RETURNING id, owner)
            INSERT INTO tombstones (id, why, removed_at, owner) SELECT id, $2, moment($3), owner FROM removed
            ON CONFLICT (id) DO UPDATE SET (why, removed_at) = (excluded.why, excluded.removed_at)
            """, [.integers(ordinals), .text(why.rawValue), now])
    }

    public func checkWritable() throws(JobStoreError) {
        // A row of its own: probes of many processes must not wait for each other.
        try write { connection, _ in
            try connection.run("INSERT INTO probe VALUES (1)")
            try connection.run(
                "DELETE FROM probe WHERE ctid IN (SELECT ctid FROM probe LIMIT 10 FOR UPDATE SKIP LOCKED)")
        }
        do throws(BlobError) { try configuration.blobs?.checkWritable() } catch { throw error.storeError }
    }
}
