import Jobs

// Ends of jobs that are still to be told; a trigger writes them.
extension PostgresJobStore: JobOutbox {
    public var outbox: (any JobOutbox)? { self }

    static func insert(_ connection: PostgresConnection, _ callback: JobCallback, of job: Int64) throws(PostgresError) {
        connection.later(
            "INSERT INTO callbacks (job, url, events, trace) VALUES ($1, $2, $3, $4)",
            [.integer(job), .text(callback.url), .text(callback.eventNames), .text(callback.trace)])
    }

    /// Whose time has come by the database's clock, whatever the host's says.
    public func dueDeliveries(
        at time: Timestamp, limit: Int, exceptTo hosts: Set<String>
    ) throws(JobStoreError) -> [JobDelivery] {
        // Hosts have no spaces; see `JobDelivery.host`.
        let left = " " + hosts.sorted().joined(separator: " ") + " "
        return try read { connection in
            var found: [JobDelivery] = [], last = [SQLValue.integer(Int64.min), .integer(Int64.min)]
            // A damaged row does not count.
            while found.count < limit {
                let most = limit - found.count
                let rows = try connection.run(Self.due, [self.moment(time), .integer(most), .text(left)] + last).rows
                found += rows.compactMap(Self.delivery)
                guard rows.count == most, let row = rows.last else { break }
                last = [row["next_at"], row["ordinal"]]
            }
            return found
        }
    }

    private static let due = """
        SELECT ordinal, job, kind, status, ended_at, url, trace, attempts, next_at FROM deliveries
        WHERE next_at <= moment($1) AND (next_at, ordinal) > ($4::bigint, $5::bigint)
            AND strpos($3, ' ' || split_part(split_part(substr(url, strpos(url, '//') + 2), '/', 1), '?', 1) || ' ') = 0
        ORDER BY next_at, ordinal LIMIT $2
        """

    /// Nil for a row that somebody has changed by hand.
    private static func delivery(_ row: SQLRow) -> JobDelivery? {
        guard let job = JobID(row.text("job")), let status = JobStatus(rawValue: row.text("status")) else { return nil }
        return JobDelivery(
            ordinal: row.integer("ordinal") ?? 0,
            JobEnd(of: job, kind: row.text("kind"), status, at: row.moment("ended_at")), to: row.text("url"),
            trace: row.isNull("trace") ? nil : row.text("trace"), attempts: Int(row.count("attempts")))
    }

    /// Puts the delivery off for all others; who dies meanwhile has kept it from them for so long.
    public func claim(_ delivery: JobDelivery, at time: Timestamp, for duration: Duration) throws(JobStoreError) -> Bool
    {
        try write { connection, _ in
            try connection.run(
                """
                UPDATE deliveries SET next_at = moment($3) + $4::bigint
                WHERE ordinal = $1 AND attempts = $2 AND next_at <= moment($3)
                """,
                [
                    .integer(delivery.ordinal), .integer(delivery.attempts), self.moment(time),
                    .integer(duration.wholeMilliseconds),
                ]
            ).changes > 0
        }
    }

    public func settle(_ delivery: JobDelivery, _ fate: DeliveryFate) throws(JobStoreError) {
        try write { connection, _ in
            switch fate {
            case .over:
                try connection.run("DELETE FROM deliveries WHERE ordinal = $1", [.integer(delivery.ordinal)])
            case .again(let time):
                // So long from now, by whatever clock.
                let wait = time.milliseconds &- (self.configuration.clock?() ?? .now).milliseconds
                try connection.run(
                    """
                    UPDATE deliveries SET attempts = $2::bigint + 1, next_at = moment($3) + $4::bigint
                    WHERE ordinal = $1 AND attempts = $2
                    """,
                    [
                        .integer(delivery.ordinal), .integer(delivery.attempts), self.now,
                        .integer(min(max(0, wait), 1 << 40)),
                    ])
            }
        }
    }

    /// The present by the database's clock, or by that of a test.
    private func moment(_ time: Timestamp) -> SQLValue {
        configuration.clock == nil ? .null : .integer(time.milliseconds)
    }
}
