import GRDB
import Jobs

// How jobs are taken out of the queue.
extension SQLiteJobStore {
    public func lease(_ places: LeasePlaces) throws(JobStoreError) -> [JobLease] {
        // Found out without waiting for the writer.
        var one = places
        (one.small, one.large) = (min(1, places.small), min(1, places.large))
        let anyWaits = try read { db in try !Self.next(db, one).isEmpty }
        guard anyWaits else { return [] }
        return try write { db in
            try setAsideDamaged(db, places)
            return try Self.next(db, places).map { try self.start(db, $0) }
        }
    }

    /// Ends the damaged rows among those whose turn it is, as failed: each would keep its place, and all behind it, for
    /// ever.
    private func setAsideDamaged(_ db: Database, _ places: LeasePlaces) throws {
        while true {
            var found = false
            for ordinal in try Self.next(db, places) {
                let row = try db.first("SELECT ordinal, id, status FROM jobs WHERE ordinal = ?", [ordinal])
                guard let row, try damage.passingOver({ try DamagedRow.check(row) }) == nil else { continue }
                found = true
                try Self.discardImages(db, of: ordinal)
                try db.run(
                    """
                    UPDATE jobs SET status = 'failed', \(Self.noLease), finished_at = ?, \(Self.nextVersion)
                    WHERE ordinal = ?
                    """, [now.milliseconds, ordinal])
            }
            if !found { return }
        }
    }

    /// The ordinals of the jobs that have a place now, in order.
    private static func next(_ db: Database, _ places: LeasePlaces) throws -> [Int64] {
        let models = places.models.map(Array.init)
        let isServed = models.map { " AND +model IN (\(databaseQuestionMarks(count: $0.count)))" } ?? ""
        let others = Array(places.without)
        let isOther = others.isEmpty ? "" : " AND owner NOT IN (\(databaseQuestionMarks(count: others.count)))"
        let found = try [(places.small, false), (places.large, true)].flatMap { limit, isLarge in
            let condition = "status = 'queued' AND (is_large <> 0) = ?\(isServed)\(isOther)"
            return try db.rows(
                "SELECT turn, ordinal FROM jobs WHERE \(condition) ORDER BY turn, ordinal LIMIT ?",
                [isLarge] + StatementArguments(models ?? []) + StatementArguments(others) + [limit])
        }
        return found.map { (turn: $0["turn"] as Int64, ordinal: $0["ordinal"] as Int64) }.sorted { $0 < $1 }
            .map(\.ordinal)
    }

    private func start(_ db: Database, _ ordinal: Int64) throws -> JobLease {
        let saved = try ImageRow.trajectories(db, of: ordinal)
        let finished = try ImageRow.finishedCalls(db, of: ordinal)
        let size = try db.first("SELECT steps, images FROM jobs WHERE ordinal = ?", [ordinal])
        let resumed = size.flatMap {
            JobRules.resumedFromStep(
                saved: saved.values.map(\.step), finished: finished.count, steps: Int($0.count("steps")),
                images: Int($0.count("images")))
        }
        let token = Self.newToken(configuration)
        let end = JobRules.leaseEnd(from: now)
        let row = try db.first(
            """
            UPDATE jobs SET
                status = 'running', has_begun = 0, lease = ?, lease_owner = ?, lease_expires_at = ?,
                attempt = started_attempts(attempt), fruitless_attempts = started_attempts(fruitless_attempts),
                resumed_from_step = ?, \(Self.nextVersion)
            WHERE ordinal = ? RETURNING *
            """, [token, owner, end.milliseconds, resumed, ordinal])
        guard let row else {
            throw JobStoreError.storeUnavailable("row \(ordinal) of jobs vanished inside a transaction")
        }
        let started = try JobRow(row, db)
        var lease = JobLease(token: token, expiresAt: end, job: started.job)
        (lease.run, lease.inputs) = (JobRow.optionalBytes(row["run"]), try InputRow.fetch(db, of: ordinal))
        (lease.unitsPerCall, lease.fruitlessAttempts) = (row.count("call_units"), started.fruitlessAttempts)
        (lease.saved, lease.finished) = (saved, finished)
        return lease
    }
}
