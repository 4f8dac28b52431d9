import GRDB
import Jobs

import struct Foundation.Data

// What happens to a job between its lease and its end.
extension SQLiteJobStore {
    public func begin(_ leases: [JobLease]) throws(JobStoreError) {
        guard !leases.isEmpty else { return }
        try write { db in
            for lease in leases {
                try db.run(
                    """
                    UPDATE jobs SET has_begun = 1, started_at = coalesce(started_at, ?), \(Self.nextVersion)
                    WHERE id = ? AND lease = ? AND has_begun = 0
                    """, [now.milliseconds, lease.job.id.description, lease.token])
            }
        }
    }

    public func renew(_ leases: [JobLease]) throws(JobStoreError) -> [JobID] {
        guard !leases.isEmpty else { return [] }
        return try write { db in
            try leases.filter { lease in
                try db.run(
                    "UPDATE jobs SET lease_expires_at = ? WHERE id = ? AND lease = ?",
                    [JobRules.leaseEnd(from: now).milliseconds, lease.job.id.description, lease.token])
                return db.changesCount == 0
            }.map(\.job.id)
        }
    }

    public func save(_ checkpoints: [JobCheckpoint]) throws(JobStoreError) -> [JobID] {
        try write { db in
            var lost: [JobID] = []
            for checkpoint in checkpoints {
                guard let ordinal = try self.record(db, checkpoint.usage, under: checkpoint.lease) else {
                    lost.append(checkpoint.lease.job.id)
                    continue
                }
                try ImageRow.replace(db, checkpoint.trajectories, of: ordinal)
                try ImageRow.insert(db, checkpoint.finished, of: ordinal)
            }
            return lost
        }
    }

    public func finish(_ checkpoint: JobCheckpoint) throws(JobStoreError) {
        let id = checkpoint.lease.job.id
        try write { db in
            guard let ordinal = try self.record(db, checkpoint.usage, under: checkpoint.lease) else {
                throw JobStoreError.leaseLost(id)
            }
            try ImageRow.insert(db, checkpoint.finished, of: ordinal)
            let images = try ImageRow.records(db, of: ordinal)
            try JobRules.checkComplete(images.map(\.index), of: id, expected: checkpoint.lease.job.progress.images)
            try db.run(
                """
                UPDATE jobs SET
                    status = 'succeeded', \(Self.noLease), finished_at = ?,
                    started_at = coalesce(started_at, ?), image_steps = CAST(images * steps AS INTEGER),
                    images_done = images, stored_bytes = min(max(stored_bytes, 0), \(1 << 60)) + ?,
                    \(Self.nextVersion)
                WHERE ordinal = ?
                """, [now.milliseconds, now.milliseconds, images.reduce(0) { $0 + $1.byteCount }, ordinal])
            try AuditRow.append(db, .succeeded(images), job: ordinal, at: now)
        }
        observers.tell([.ended(id)])
    }

    public func fail(_ lease: JobLease, problem: [UInt8], usage: JobUsage) throws(JobStoreError) {
        try write { db in
            guard let ordinal = try self.record(db, usage, under: lease) else {
                throw JobStoreError.leaseLost(lease.job.id)
            }
            try Self.discardImages(db, of: ordinal)
            try db.run(
                """
                UPDATE jobs SET status = 'failed', \(Self.noLease), finished_at = ?, error = ?, \(Self.nextVersion)
                WHERE ordinal = ?
                """, [now.milliseconds, Data(problem), ordinal])
            try AuditRow.append(db, .failed, job: ordinal, at: now)
        }
        observers.tell([.ended(lease.job.id)])
    }

    public func release(_ leases: [JobLease]) throws(JobStoreError) {
        let released = try write { db in
            try leases.filter { lease in
                try db.run(
                    """
                    UPDATE jobs SET
                        status = 'queued', has_begun = 0, \(Self.noLease), attempt = released_attempts(attempt),
                        fruitless_attempts = released_attempts(fruitless_attempts), \(Self.nextVersion)
                    WHERE id = ? AND lease = ?
                    """, [lease.job.id.description, lease.token])
                return db.changesCount > 0
            }
        }
        observers.tell(released.map { .arrived($0.job.id) })
    }

    public func cancel(
        _ id: JobID, usage: JobUsage?, by actor: String, ifStored stored: Int64?
    ) throws(JobStoreError) -> Job {
        let (job, isNew) = try writeMakingRoom { db in
            let row = try JobRow.require(db, id: id)
            guard !row.job.status.isTerminal else { return (row.job, false) }
            try JobRules.check(row.job, isStillAt: stored)
            if let usage, row.isLeased { try self.update(db, usage, of: row.ordinal) }
            if JobRules.givesTurnBack(row.job) { try AccountRow.giveBack(db, row.ordinal) }
            try Self.discardImages(db, of: row.ordinal)
            try AuditRow.append(db, .cancelled(by: actor), job: row.ordinal, at: now)
            try db.run(
                """
                UPDATE jobs SET status = 'cancelled', \(Self.noLease), finished_at = ?, \(Self.nextVersion)
                WHERE ordinal = ?
                """, [now.milliseconds, row.ordinal])
            return (try JobRow.require(db, id: id).job, true)
        }
        if isNew { observers.tell([.cancelled(id)]) }
        return job
    }

    /// Takes over the totals of a job if the lease still stands.
    /// - Returns: the job's ordinal; nil when the lease is gone.
    private func record(_ db: Database, _ usage: JobUsage, under lease: JobLease) throws -> Int64? {
        let found: Int64? = try db.value(
            "SELECT ordinal FROM jobs WHERE id = ? AND lease = ?", [lease.job.id.description, lease.token])
        guard let ordinal = found else { return nil }
        try update(db, usage, of: ordinal)
        return ordinal
    }

    /// The lease is renewed, and the version moves if somebody may see the difference.
    private func update(_ db: Database, _ usage: JobUsage, of ordinal: Int64) throws {
        try db.run(
            """
            UPDATE jobs SET
                version = CASE
                    WHEN (compute_ns, network_calls, image_steps, images_done) = (:compute, :calls, :steps, :images)
                    THEN version ELSE next_version(version) END,
                fruitless_attempts = fruitless_attempts_after(fruitless_attempts, image_steps, :steps),
                compute_ns = :compute, network_calls = :calls, image_steps = :steps, images_done = :images,
                lease_expires_at = :end
            WHERE ordinal = :ordinal
            """,
            [
                "compute": usage.computeNanoseconds, "calls": usage.networkCalls, "steps": usage.imageSteps,
                "images": usage.imagesDone, "end": JobRules.leaseEnd(from: now).milliseconds, "ordinal": ordinal,
            ])
    }

    static func discardImages(_ db: Database, of ordinal: Int64) throws {
        for table in ["trajectories", "images", "occurrences"] {
            try db.run("DELETE FROM \(table) WHERE job = ?", [ordinal])
        }
    }
}
