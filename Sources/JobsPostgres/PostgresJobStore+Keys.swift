import Jobs

// Idempotency keys: which job a request has made already.
extension PostgresJobStore {
    /// The job that the same request made earlier.
    static func known(_ connection: PostgresConnection, _ new: NewJob) throws -> Submission? {
        guard let key = new.idempotency else { return nil }
        guard let found = try holder(of: key, connection), let id = JobID(found.text("id")) else { return nil }
        try JobRules.check(key, against: found.text("digest"), of: id)
        return Submission(job: try JobRow.require(connection, id: id).job, isNew: false)
    }

    private static func holder(
        of key: IdempotencyKey, _ connection: PostgresConnection
    ) throws(PostgresError) -> SQLRow? {
        try connection.run(
            """
            SELECT digest, id, ordinal FROM idempotency_keys JOIN jobs ON ordinal = job WHERE scope = $1 AND key = $2
            """, [.text(key.scope), .text(key.key)]
        ).rows.first
    }

    func insert(_ connection: PostgresConnection, _ key: IdempotencyKey, of ordinal: Int64) throws {
        let values: [SQLValue] = [.text(key.scope), .text(key.key), .text(key.digest), .integer(ordinal)]
        let answer = try connection.run(
            "INSERT INTO idempotency_keys (scope, key, digest, job) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            values)
        if answer.changes > 0 { return }
        // Somebody else has used it a moment ago: the next attempt finds his job.
        guard let holder = try Self.holder(of: key, connection), JobID(holder.text("id")) == nil else {
            throw Collision()
        }
        // The key of a row that tells no job any more is free again.
        let taken = try connection.run(
            "UPDATE idempotency_keys SET (digest, job) = ($3, $4) WHERE scope = $1 AND key = $2 AND job = $5",
            values + [holder["ordinal"]])
        if taken.changes == 0 { throw Collision() }
    }
}
