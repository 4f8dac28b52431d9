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

    /// Ends each damaged row that `body` meets, as failed, and begins again: one whose turn it is would keep its place,
    /// and all behind it, for ever.
    func pastDamage<Value>(_ body: () throws(JobStoreError) -> Value) throws(JobStoreError) -> Value {
        var ended: Set<Int64> = []
        while true {
            do throws(JobStoreError) {
                return try body()
            } catch {
                // One that is met again cannot be ended.
                guard case .damagedRow(let row) = error, ended.insert(row.ordinal).inserted else { throw error }
                damage.note(row)
                try setAside(row.ordinal)
            }
        }
    }

    private func setAside(_ ordinal: Int64) throws(JobStoreError) {
        try write { connection, _ in
            let open = try connection.run(
                "SELECT ordinal FROM jobs WHERE ordinal = $1 AND finished_at IS NULL FOR UPDATE", [.integer(ordinal)])
            // Another process may have done so a moment ago.
            guard !open.rows.isEmpty else { return }
            try PartRow.discard(connection, of: ordinal)
            try ImageRow.discard(connection, of: ordinal)
            try connection.run(
                """
                UPDATE jobs SET status = 'failed', \(Self.noLease), finished_at = moment($2), has_begun = false,
                    \(Self.nextVersion)
                WHERE ordinal = $1
                """, [.integer(ordinal), self.now])
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
