import GRDB
import Jobs
import struct Foundation.Data

// What happens to a job between its lease and its end.
extension SQLiteJobStore {
    public func save(_ checkpoints: [JobCheckpoint]) throws(JobStoreError) -> [JobID] {
        try write { db in
            var lost: [JobID] = []
            for checkpoint in checkpoints {
                guard let ordinal = try Self.record(db, checkpoint.usage, under: checkpoint.lease) else {
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
            guard let ordinal = try Self.record(db, checkpoint.usage, under: checkpoint.lease) else {
                throw JobStoreError.leaseLost(id)
            }
            try ImageRow.insert(db, checkpoint.finished, of: ordinal)
            let images = try ImageRow.records(db, of: ordinal)
            let expected = checkpoint.lease.job.progress.images
            guard images.map(\.index) == Array(0..<expected) else {
                throw JobStoreError.incomplete(id, expectedImages: expected, got: images.count)
            }
            try db.execute(
                sql: """
                    UPDATE jobs SET
                        status = 'succeeded', lease = NULL, lease_owner = NULL, finished_at = ?,
                        started_at = coalesce(started_at, ?), image_steps = CAST(images * steps AS INTEGER),
                        images_done = images, stored_bytes = min(max(stored_bytes, 0), \(1 << 60)) + ?, \(Self.nextVersion)
                    WHERE ordinal = ?
                    """, arguments: [now.milliseconds, now.milliseconds, images.reduce(0) { $0 + $1.byteCount }, ordinal])
        }
    }

    public func fail(_ lease: JobLease, problem: [UInt8], usage: JobUsage) throws(JobStoreError) {
        try write { db in
            guard let ordinal = try Self.record(db, usage, under: lease) else { throw JobStoreError.leaseLost(lease.job.id) }
            try Self.discardImages(db, of: ordinal)
            try db.execute(
                sql: """
                    UPDATE jobs SET
                        status = 'failed', lease = NULL, lease_owner = NULL, finished_at = ?, error = ?, \(Self.nextVersion)
                    WHERE ordinal = ?
                    """, arguments: [now.milliseconds, Data(problem), ordinal])
        }
    }

    public func cancel(_ id: JobID, usage: JobUsage?) throws(JobStoreError) -> Job {
        try writeMakingRoom { db in
            let row = try JobRow.require(db, id: id)
            guard !row.job.status.isTerminal else { return row.job }
            if let usage, row.isLeased { try Self.update(db, usage, of: row.ordinal) }
            try Self.discardImages(db, of: row.ordinal)
            try db.execute(
                sql: """
                    UPDATE jobs SET status = 'cancelled', lease = NULL, lease_owner = NULL, finished_at = ?, \(Self.nextVersion)
                    WHERE ordinal = ?
                    """, arguments: [now.milliseconds, row.ordinal])
            return try JobRow.require(db, id: id).job
        }
    }

    /// Takes over the totals of a job if the lease still stands.
    /// - Returns: the job's ordinal; nil when the lease is gone.
    private static func record(_ db: Database, _ usage: JobUsage, under lease: JobLease) throws -> Int64? {
        let statement = try db.cachedStatement(sql: "SELECT ordinal FROM jobs WHERE id = ? AND lease = ?")
        guard let ordinal = try Int64.fetchOne(statement, arguments: [lease.job.id.description, lease.token]) else { return nil }
        try update(db, usage, of: ordinal)
        return ordinal
    }

    /// Progress clears the count of fruitless attempts: only a job that gets nowhere is given up.
    private static func update(_ db: Database, _ usage: JobUsage, of ordinal: Int64) throws {
        try db.cachedStatement(
            sql: """
                UPDATE jobs SET
                    fruitless_attempts = CASE WHEN ? > image_steps THEN 0 ELSE fruitless_attempts END,
                    compute_ns = ?, network_calls = ?, image_steps = ?, images_done = ?
                WHERE ordinal = ?
                """
        ).execute(arguments: [
            usage.imageSteps, usage.computeNanoseconds, usage.networkCalls, usage.imageSteps, usage.imagesDone, ordinal,
        ])
    }

    static func discardImages(_ db: Database, of ordinal: Int64) throws {
        try db.execute(sql: "DELETE FROM trajectories WHERE job = ?", arguments: [ordinal])
        try db.execute(sql: "DELETE FROM images WHERE job = ?", arguments: [ordinal])
    }
}
