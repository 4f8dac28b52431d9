import Jobs

// How most jobs are taken out of the queue: those of which nothing has been made yet, with one statement.
extension PostgresJobStore {
    /// Leases whole jobs of which nothing has been made yet, with one statement, as most are.
    ///
    /// Where there are parts that nobody has, none is given: they come first.
    /// - Parameter places: those that they take are not there any more.
    /// - Returns: whether there is something else that may be leased.
    func leaseNew(_ places: inout LeasePlaces) throws(JobStoreError) -> ([JobLease], isMore: Bool) {
        let token = Self.newToken(), (sql, parameters) = newJobs(places, token)
        var attempts = 0
        let (rows, leases) = try pastDamage { () throws(JobStoreError) in
            try writeOne { connection in
                attempts += 1
                // An answer that was lost, or was of a damaged row, may have been that of a commit.
                let known = attempts > 1 ? try self.leased(connection, token) : []
                if !known.isEmpty { return ([SQLRow](), known) }
                let rows = try connection.run(sql, parameters).rows
                let leases = try rows.filter { !$0.isNull("id") }.map {
                    try self.lease(connection, $0, saved: [:], finished: [:])
                }
                return (rows, leases)
            }
        }
        let large = rows.count { $0.boolean("is_large") }
        places.small = max(0, places.small - (leases.count - large))
        places.large = max(0, places.large - large)
        return (leases, rows.first.map { $0.boolean("has_parts") || $0.count("others") > 0 } ?? false)
    }

    /// - Returns: a statement whose first row says in `has_parts` and `others` whether there is more; and a row for
    ///   each job that it has leased.
    private func newJobs(_ places: LeasePlaces, _ token: String) -> (String, [SQLValue]) {
        var filter = conditions(places)
        filter.require("status = 'queued'")
        let mayBeShared = places.rowsTogether != nil, number = filter.parameters.count
        let freePart = mayBeShared ? "EXISTS (SELECT 1 FROM parts WHERE lease IS NULL)" : "false"
        func next(isLarge: Bool, _ limit: Int) -> String {
            """
            SELECT ordinal AS place,
                images_done = 0 AND image_steps = 0 AND \(Self.isWhole(places, isLarge)) AS is_plain
            FROM jobs
            WHERE \(filter.sql) AND is_large = \(isLarge) AND NOT \(freePart)
            ORDER BY turn, ordinal LIMIT $\(limit) FOR UPDATE SKIP LOCKED
            """
        }
        let sql = """
            WITH small AS MATERIALIZED (\(next(isLarge: false, number + 1))),
            large AS MATERIALIZED (\(next(isLarge: true, number + 2))),
            next AS MATERIALIZED (SELECT * FROM small UNION ALL SELECT * FROM large),
            started AS (
                UPDATE jobs SET
                    status = 'running', has_begun = false, lease = $\(number + 3) || '.' || ordinal,
                    lease_owner = $\(number + 4), lease_expires_at = moment($\(number + 5)) + $\(number + 6)::bigint,
                    attempt = started_attempts(attempt), fruitless_attempts = started_attempts(fruitless_attempts),
                    resumed_from_step = NULL, \(Self.nextVersion)
                WHERE ordinal = ANY (ARRAY(SELECT place FROM next WHERE is_plain)) RETURNING \(Self.leaseColumns))
            SELECT \(freePart) AS has_parts, (SELECT count(*) FROM next WHERE NOT is_plain) AS others, started.*
            FROM (SELECT 1) AS one LEFT JOIN started ON true ORDER BY started.turn, started.ordinal
            """
        let values: [SQLValue] = [
            .integer(places.small), .integer(places.large), .text(token), .text(owner), now, leaseMilliseconds,
        ]
        return (sql, filter.parameters + values)
    }

    /// Whether a job is not to be shared beyond doubt: see `JobRules.imagesTogether`. What is left is looked at again.
    private static func isWhole(_ places: LeasePlaces, _ isLarge: Bool) -> String {
        guard let rows = places.rowsTogether else { return "true" }
        return """
            (images = 1 OR images * (floor((greatest(planned_calls, 1) - 1)
                / (images::float8 * greatest(steps, 1))) + 1) <= \(isLarge ? rows.large : rows.small))
            """
    }
}
