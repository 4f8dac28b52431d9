import Jobs

// The end that most jobs have: all images come with it.
extension PostgresJobStore {
    /// The most bytes that one statement carries.
    private static let mostBytes = 16 << 20

    /// Ends a job as succeeded, with one statement, where it is held whole and all its images are in the checkpoint.
    /// - Returns: false where nothing was done: the job is of another kind, or its lease is gone.
    func finishAtOnce(_ checkpoint: JobCheckpoint) throws(JobStoreError) -> Bool {
        let lease = checkpoint.lease, made = checkpoint.finished.sorted { $0.key < $1.key }
        guard lease.part == nil, made.count == lease.job.progress.images,
            made.reduce(0, { $0 + $1.value.output.bytes.count }) <= Self.mostBytes
        else { return false }
        let images = made.map { ImageRecord($1.output, index: $0) }
        try JobRules.checkComplete(images.map(\.index), of: lease.job.id, expected: images.count)
        let parameters = endParameters(checkpoint, images) + ImageRow.values(made.map { ($0, $1) })
        var mayBeDone = false
        do {
            let isDone = try writeOne { connection in
                let changes: Int
                do {
                    changes = try connection.run(Self.endWithImages, parameters).changes
                } catch {
                    mayBeDone = true
                    throw error
                }
                // The answer may be lost yet.
                mayBeDone = mayBeDone || changes > 0
                return changes > 0
            }
            // If it may be done the next call has to look.
            if isDone || mayBeDone { note(lease, mayHaveEnded: !isDone) }
            return isDone
        } catch {
            note(lease, mayHaveEnded: error.isPassing)
            throw error
        }
    }

    private func endParameters(_ checkpoint: JobCheckpoint, _ images: [ImageRecord]) -> [SQLValue] {
        let usage = checkpoint.usage, act = AuditEntry.Act.succeeded(images)
        return [
            .text(checkpoint.lease.job.id.description), .text(checkpoint.lease.token), now,
            .integer(usage.computeNanoseconds), .integer(usage.networkCalls), .integer(usage.imageSteps),
            .integer(images.reduce(0) { $0 + $1.byteCount }), .text(act.outcome), .text(act.action.rawValue),
        ]
    }

    /// The images are counted before the job is written, so that they have occurred before its end.
    private static let endWithImages = """
        WITH held AS MATERIALIZED (
            SELECT ordinal AS job, id, owner, run FROM jobs WHERE id = $1 AND lease = $2 FOR UPDATE),
        gone AS (DELETE FROM trajectories WHERE job = (SELECT job FROM held)),
        made AS (
            INSERT INTO images (job, \(ImageRow.columns)) SELECT held.job, \(ImageRow.columnsOfMade)
            FROM held, \(ImageRow.made(from: 10)) ORDER BY image ON CONFLICT DO NOTHING RETURNING image),
        logged AS (
            INSERT INTO audit_pending (at, who, action, job, owner, recipe, outcome)
            SELECT moment($3), '', $9, id, owner, coalesce(encode(sha256(run), 'hex'), ''), $8 FROM held)
        UPDATE jobs SET
            status = 'succeeded', last_lease = $2, \(noLease), finished_at = moment($3),
            started_at = coalesce(started_at, moment($3)), compute_ns = $4, network_calls = $5,
            \(fruitlessAttempts(stepsNow: "$6")),
            image_steps = images * steps, images_done = images,
            stored_bytes = least(greatest(stored_bytes, 0), 1::bigint << 60) + $7, has_begun = false, \(nextVersion)
        WHERE ordinal = (SELECT job FROM held) AND (SELECT count(*) FROM made) >= 0
        """
}
