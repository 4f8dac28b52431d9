import GRDB
import Jobs

// Ends of jobs that are still to be told; a trigger writes them.
extension SQLiteJobStore: JobOutbox {
    public var outbox: (any JobOutbox)? { self }

    static func insert(_ db: Database, _ callback: JobCallback, of job: Int64) throws {
        try db.run(
            "INSERT INTO callbacks VALUES (?, ?, ?, ?)", [job, callback.url, callback.eventNames, callback.trace])
    }

    public func dueDeliveries(
        at time: Timestamp, limit: Int, exceptTo hosts: Set<String>
    ) throws(JobStoreError) -> [JobDelivery] {
        // Hosts have no spaces; see `JobDelivery.host`.
        let rest = "substr(url, instr(url, '//') + 2)"
        let host = "substr(\(rest), 1, instr(replace(\(rest), '?', '/') || '/', '/') - 1)"
        let left = " " + hosts.sorted().joined(separator: " ") + " "
        return try read { db in
            // Without a limit: a damaged row does not count.
            let rows = try db.cursor(
                """
                SELECT * FROM deliveries WHERE next_at <= ? AND instr(?, ' ' || \(host) || ' ') = 0
                ORDER BY next_at, ordinal
                """, [time.milliseconds, left])
            var found: [JobDelivery] = []
            while found.count < limit, let row = try rows.next() {
                if let delivery = Self.delivery(row) { found.append(delivery) }
            }
            return found
        }
    }

    /// The delivery of a row; nil for one that somebody has changed by hand.
    private static func delivery(_ row: Row) -> JobDelivery? {
        guard let job = JobID(row["job"] as String), let status = JobStatus(rawValue: row["status"]) else { return nil }
        return JobDelivery(
            ordinal: row["ordinal"], JobEnd(of: job, kind: row["kind"], status, at: row.moment("ended_at")),
            to: row["url"], trace: row["trace"], attempts: Int(row.count("attempts")))
    }

    public func settle(_ delivery: JobDelivery, _ fate: DeliveryFate) throws(JobStoreError) {
        try write { db in
            switch fate {
            case .over:
                try db.run("DELETE FROM deliveries WHERE ordinal = ?", [delivery.ordinal])
            case .again(let time):
                try db.run(
                    "UPDATE deliveries SET attempts = ?, next_at = ? WHERE ordinal = ?",
                    [min(delivery.attempts, 1_000_000) + 1, time.milliseconds, delivery.ordinal])
            }
        }
    }
}
