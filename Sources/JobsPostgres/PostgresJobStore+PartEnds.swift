import Jobs

// How leases of parts are renewed, and how they end. The row of the job is locked before those of its parts.
extension PostgresJobStore {
    public func finishPart(_ checkpoint: JobCheckpoint) throws(JobStoreError) -> Bool {
        let id = checkpoint.lease.job.id
        guard let part = checkpoint.lease.part else {
            try finish(checkpoint)
            return true
        }
        let hasEnded = try puttingAside(Dictionary(checkpoint.contents) { $1 }) { (aside) throws(JobStoreError) in
            try finish(part, checkpoint, aside)
        }
        listener.noteEnd(of: [id])
        let event: StoreEvent = hasEnded ? .ended(id) : .changed(id)
        observers.tell([event])
        listener.send([event], areOfParts: !hasEnded)
        return hasEnded
    }

    /// - Returns: whether the job has ended.
    private func finish(_ part: JobPart, _ checkpoint: JobCheckpoint, _ aside: Aside) throws(JobStoreError) -> Bool {
        let lease = checkpoint.lease, id = lease.job.id
        return try write { connection, _ in
            guard let ordinal = try self.record(connection, checkpoint.usage, under: lease) else {
                return try self.hasEnded(connection, lease, part)
            }
            try aside.settle(connection, try ImageRow.insert(connection, checkpoint, of: ordinal, aside))
            let images = try connection.run(
                "SELECT image FROM images WHERE job = $1 AND image >= $2 AND image < $3 ORDER BY image",
                [.integer(ordinal), .integer(part.images.lowerBound), .integer(part.images.upperBound)]
            ).rows.map { Int($0.count("image")) - part.images.lowerBound }
            try JobRules.checkComplete(images, of: id, expected: part.images.count)
            try connection.run(
                "DELETE FROM parts WHERE job = $1 AND lease = $2", [.integer(ordinal), .text(lease.token)])
            let left = try connection.run("SELECT 1 AS one FROM parts WHERE job = $1 LIMIT 1", [.integer(ordinal)])
            guard left.rows.isEmpty else { return false }
            try self.succeed(connection, ordinal, checkpoint)
            return true
        }
    }

    /// Whether the job has ended under a lease of a part that is gone. If all images of the part are stored, the part
    /// was finished, by a commit whose answer was lost, or by whoever had it after this process.
    /// - Throws: `leaseLost` when they are not.
    private func hasEnded(_ connection: PostgresConnection, _ lease: JobLease, _ part: JobPart) throws -> Bool {
        let row = try connection.run(
            """
            SELECT last_lease IS NOT DISTINCT FROM $2 AS is_last,
                (SELECT count(*) FROM images WHERE job = ordinal AND image >= $3 AND image < $4) AS images
            FROM jobs WHERE id = $1
            """,
            [
                .text(lease.job.id.description), .text(lease.token), .integer(part.images.lowerBound),
                .integer(part.images.upperBound),
            ]
        ).rows.first
        guard let row, row.count("images") == part.images.count else { throw JobStoreError.leaseLost(lease.job.id) }
        return row.boolean("is_last")
    }

    /// Takes over the totals of a part, for it and for its job, if the lease still stands.
    /// - Returns: the job's ordinal; nil when the lease is gone.
    func recordPart(_ connection: PostgresConnection, _ usage: JobUsage, under lease: JobLease) throws -> Int64? {
        let row = try connection.run(
            "SELECT ordinal FROM jobs WHERE id = $1 AND lease = $2 FOR UPDATE",
            [.text(lease.job.id.description), .text(PartRow.leaseOfJob)]
        ).rows.first
        guard let ordinal = row?.integer("ordinal"),
            let part = try PartRow.held(connection, of: ordinal, lease.token)
        else { return nil }
        try part.update(connection, to: usage, of: ordinal, by: holder(lease.token))
        return ordinal
    }

    /// Locks the jobs of leases of parts, in the order of all who lock several.
    private func lockJobs(_ connection: PostgresConnection, _ leases: [JobLease]) throws {
        try connection.run(
            "SELECT ordinal FROM jobs WHERE id = ANY($1) ORDER BY id FOR UPDATE",
            [.texts(leases.map(\.job.id.description))])
    }

    /// - Returns: the jobs whose leases stand.
    func renewParts(_ connection: PostgresConnection, _ leases: [JobLease]) throws -> [String] {
        guard !leases.isEmpty else { return [] }
        try lockJobs(connection, leases)
        let ids = try connection.run(
            """
            UPDATE parts SET lease_expires_at = moment($3) + $4::bigint
            FROM unnest($1::text[], $2::text[]) AS held (id, lease) JOIN jobs ON jobs.id = held.id
            WHERE parts.job = jobs.ordinal AND parts.lease = held.lease RETURNING jobs.id AS id
            """, Self.keys(leases) + [now, leaseMilliseconds]
        ).rows.map { $0.text("id") }
        try connection.run(
            """
            UPDATE jobs SET lease_expires_at = greatest(lease_expires_at, moment($2) + $3::bigint) WHERE id = ANY($1)
            """, [.texts(ids), now, leaseMilliseconds])
        return ids
    }

    /// Gives parts back as if they had not been started. A job of which nobody has a part any more goes back whole.
    /// - Returns: the jobs whose leases stood.
    func releaseParts(_ connection: PostgresConnection, _ leases: [JobLease]) throws -> [String] {
        guard !leases.isEmpty else { return [] }
        try lockJobs(connection, leases)
        let rows = try connection.run(
            """
            UPDATE parts SET lease = NULL, lease_owner = NULL, lease_expires_at = NULL,
                attempt = released_attempts(parts.attempt),
                fruitless_attempts = released_attempts(parts.fruitless_attempts)
            FROM unnest($1::text[], $2::text[]) AS held (id, lease) JOIN jobs ON jobs.id = held.id
            WHERE parts.job = jobs.ordinal AND parts.lease = held.lease RETURNING jobs.id AS id, jobs.ordinal AS ordinal
            """, Self.keys(leases)
        ).rows
        let left = try connection.run(
            """
            UPDATE jobs SET
                status = 'queued', has_begun = false, \(Self.noLease), attempt = released_attempts(attempt),
                fruitless_attempts = released_attempts(fruitless_attempts), \(Self.nextVersion)
            WHERE ordinal = ANY($1) AND NOT EXISTS (SELECT 1 FROM parts WHERE job = ordinal AND lease IS NOT NULL)
            RETURNING ordinal
            """, [.integers(rows.compactMap { $0.integer("ordinal") })]
        ).rows.compactMap { $0.integer("ordinal") }
        if !left.isEmpty { try connection.run("DELETE FROM parts WHERE job = ANY($1)", [.integers(left)]) }
        return rows.map { $0.text("id") }
    }

    /// Frees the parts whose process is gone, of jobs that others go on with.
    /// - Returns: these jobs.
    func recoverParts(_ connection: PostgresConnection) throws -> [JobID] {
        let over = try connection.run(
            "SELECT DISTINCT job FROM parts WHERE lease_expires_at <= moment($1)", [now]
        ).rows.compactMap { $0.integer("job") }
        guard !over.isEmpty else { return [] }
        return try connection.run(
            """
            WITH locked AS MATERIALIZED (
                SELECT ordinal, id FROM jobs WHERE ordinal = ANY($1) ORDER BY id FOR UPDATE SKIP LOCKED),
            freed AS (
                UPDATE parts SET lease = NULL, lease_owner = NULL, lease_expires_at = NULL
                FROM locked WHERE job = ordinal AND lease_expires_at <= moment($2) RETURNING job)
            SELECT DISTINCT id FROM freed JOIN locked ON job = ordinal
            """, [.integers(over), now]
        ).rows.compactMap { JobID($0.text("id")) }
    }
}
