import Jobs
import Locking

// How many jobs there are. Asked every second, by each process that answers.
extension PostgresJobStore {
    public func counts() throws(JobStoreError) -> JobCounts {
        let ended = try endedCounts.current { () throws(JobStoreError) in try counted(Self.countOfEnded) }
        let open = try counted(Self.countOfOpen)
        return JobCounts(byStatus: open.merging(ended) { $1 })
    }

    /// - Returns: numbers beside nought.
    private func counted(_ statement: String) throws(JobStoreError) -> [JobStatus: Int] {
        try read { connection in
            try connection.run(statement).rows.reduce(into: [:]) { counts, row in
                let number = Int(row.count("number"))
                if let status = JobStatus(rawValue: row.text("state")), number > 0 { counts[status] = number }
            }
        }
    }

    /// From the indices of what is open, however much has ended.
    static let countOfOpen = """
        SELECT 'queued' AS state, \(JobRow.numberWaiting) AS number
        UNION ALL SELECT 'running', count(*) FROM jobs WHERE \(JobRow.isComputed)
        """

    /// From the index of states alone: no row is looked at.
    static let countOfEnded = """
        SELECT status AS state, count(*) AS number FROM jobs
        WHERE status IN ('succeeded', 'failed', 'cancelled') GROUP BY status
        """
}

/// How many jobs have ended: where they are many, counted so seldom that it takes little of the server's time.
final class EndedCounts: Sendable {
    /// Up to so many are counted whenever somebody asks.
    private let few: Int
    /// The part of the time that the counting of more may take.
    private static let share = 0.02

    private let latest = Lock<(counts: [JobStatus: Int], until: ContinuousClock.Instant)?>(nil)

    init(few: Int = 100_000) { self.few = few }

    /// - Parameter count: counts them.
    func current(
        _ count: () throws(JobStoreError) -> [JobStatus: Int]
    ) throws(JobStoreError) -> [JobStatus: Int] {
        let start = ContinuousClock.now
        if let known = latest.withLock({ $0 }), start < known.until { return known.counts }
        let counts = try count(), end = ContinuousClock.now
        if counts.values.reduce(0, +) > few {
            latest.withLock { $0 = (counts, end + start.duration(to: end) * (1 / Self.share)) }
        }
        return counts
    }
}
