import GRDB
import Jobs

import struct Foundation.Data

// Into the queue and out of it.
extension SQLiteJobStore {
    public func insert(_ new: NewJob, queueLimit: Int) throws(JobStoreError) -> Submission {
        // Most refusals are found without waiting for the writer; the transaction looks again.
        if let known = try read({ db in try Self.admit(db, new, queueLimit) }) { return known }
        try checkSpace()
        let submission = try write { db in
            if let known = try Self.admit(db, new, queueLimit) { return known }
            let (standings, turn) = try self.charge(db, new)
            let id = try self.insertRow(db, new, turn: turn)
            let ordinal = db.lastInsertedRowID
            try InputRow.insert(db, new.inputs, of: ordinal)
            if let callback = new.callback { try Self.insert(db, callback, of: ordinal) }
            for label in new.labels {
                try db.run("INSERT OR IGNORE INTO job_labels VALUES (?, ?, ?)", [label.name, label.value, ordinal])
            }
            if let idempotency = new.idempotency {
                // The key of a row that tells no job any more is free again.
                try db.run(
                    "INSERT OR REPLACE INTO idempotency_keys VALUES (?, ?, ?, ?)",
                    [idempotency.scope, idempotency.key, idempotency.digest, ordinal])
            }
            try AuditRow.append(db, .init(accepted: id, new), at: now)
            return Submission(job: try JobRow.require(db, id: id).job, isNew: true, standings: standings)
        }
        if submission.isNew { observers.tell([.arrived(submission.job.id)]) }
        return submission
    }

    /// The job that the same request made earlier, or nil when a new one may be made.
    private static func admit(_ db: Database, _ new: NewJob, _ queueLimit: Int) throws -> Submission? {
        if let idempotency = new.idempotency,
            let row = try db.first(
                "SELECT digest, id FROM idempotency_keys JOIN jobs ON ordinal = job WHERE scope = ? AND key = ?",
                [idempotency.scope, idempotency.key]),
            let id = JobID(row["id"] as String)
        {
            try JobRules.check(idempotency, against: row["digest"], of: id)
            return Submission(job: try JobRow.require(db, id: id).job, isNew: false)
        }
        let queued = try db.value("SELECT count(*) FROM jobs WHERE \(Self.isWaiting)") ?? 0
        try JobRules.admit(queued: queued, limit: queueLimit)
        return nil
    }

    /// Counts the job for its owner.
    /// - Returns: what is left of the quota, and when the job's turn is.
    private func charge(_ db: Database, _ new: NewJob) throws -> ([QuotaStanding], turn: Int64) {
        var account = try AccountRow.fetch(db, of: new.owner) ?? OwnerAccount()
        // Counted only where there is a limit: a queue may be long.
        let queued = new.quota.queued == nil ? 0 : try AccountRow.queued(db, of: new.owner)
        let standings = try account.charge(new.work, new.quota, of: new.owner, queued: queued, at: now)
        let turn = account.takeTurn(for: new.work, try AccountRow.present(db, new))
        try AccountRow.store(db, account, of: new.owner)
        return (standings, turn)
    }

    private func insertRow(_ db: Database, _ new: NewJob, turn: Int64) throws -> JobID {
        var generator = SystemRandomNumberGenerator()
        let created = now
        let id = JobID(at: created, using: &generator)
        try db.run(
            """
            INSERT INTO jobs
                (id, kind, status, model, weights_sha256, request, run, created_at, images, steps, planned_calls,
                 call_units, is_large, stored_bytes, owner, turn, arithmetic)
            VALUES (?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                id.description, new.kind, new.model.name, new.model.weightsSHA256, Data(new.request), Data(new.run),
                created.milliseconds, new.work.images, new.work.steps, new.work.calls, max(0, new.work.unitsPerCall),
                new.work.isLarge, new.byteCount, new.owner, turn, new.arithmetic,
            ])
        return id
    }

    public func recover() throws(JobStoreError) -> [JobID] {
        // The file's lock says that every other owner is dead, whatever its leases say; what this process runs it
        // renews.
        let isOver = "status = 'running' AND (lease_owner <> ? OR lease_expires_at IS NULL OR lease_expires_at <= ?)"
        let arguments: StatementArguments = [owner, now.milliseconds]
        // Found out without waiting for the writer.
        let anyIsOver = try read { db in
            try db.value("SELECT EXISTS (SELECT 1 FROM jobs WHERE \(isOver))", arguments) ?? false
        }
        guard anyIsOver else { return [] }
        // It must work on a full disk, too: without it the service does not start, and nobody could make room.
        let recovered = try writeMakingRoom { db in
            let sql = """
                UPDATE jobs SET status = 'queued', has_begun = 0, \(Self.noLease), \(Self.nextVersion)
                WHERE \(isOver) RETURNING id
                """
            // A damaged one goes back as well; it is set aside when its turn comes.
            return try db.rows(sql, arguments).compactMap { JobID($0["id"] as String) }
        }
        observers.tell(recovered.map { .arrived($0) })
        return recovered
    }
}
