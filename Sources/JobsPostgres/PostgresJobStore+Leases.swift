import Jobs

// Leases, as the rows of jobs say them.
extension PostgresJobStore {
    /// The leases that a commit has given whose answer was lost.
    func leased(_ connection: PostgresConnection, _ token: String) throws -> [JobLease] {
        try connection.run(
            """
            SELECT \(Self.leaseColumns) FROM jobs
            WHERE status = 'running' AND lease = $1 || '.' || ordinal ORDER BY ordinal
            """, [.text(token)]
        ).rows.map { row in
            let ordinal = row.integer("ordinal") ?? 0
            return try lease(
                connection, row, saved: try ImageRow.trajectories(connection, of: ordinal),
                finished: try ImageRow.finishedCalls(connection, of: ordinal))
        }
    }

    static let leaseColumns = """
        \(JobRow.columns), lease, lease_expires_at, run, \
        EXISTS (SELECT 1 FROM job_inputs WHERE job = ordinal) AS has_inputs
        """

    func lease(
        _ connection: PostgresConnection, _ row: SQLRow, saved: [Int: SavedTrajectory], finished: [Int: Int64]
    ) throws -> JobLease {
        var started = try JobRow(row)
        try started.lookUpImages(connection)
        var lease = JobLease(token: row.text("lease"), expiresAt: row.moment("lease_expires_at"), job: started.job)
        lease.run = row.bytes("run")
        if row.boolean("has_inputs") { lease.inputs = try InputRow.fetch(connection, of: started.ordinal) }
        (lease.unitsPerCall, lease.fruitlessAttempts) = (started.unitsPerCall, started.fruitlessAttempts)
        (lease.saved, lease.finished) = (saved, finished)
        return lease
    }
}
