/// How many jobs wait at most, without counting them: as many as at the last count, and one for each number that has
/// been drawn for a new job since.
///
/// Beyond it may be the jobs of those who were accepting one at the moment of the count, and those that have come back
/// from processes that died or stopped: far fewer than `margin`, and no more than there were within `lifetime`.
struct QueueBound: Sendable {
    /// So far below its limit the queue has room for all who may be adding to it at the same time.
    static let margin = 200
    private static let lifetime = Duration.seconds(1)

    private let waiting: Int
    /// The latest number that had been drawn before the count.
    private let latest: Int64
    private let until: ContinuousClock.Instant

    init(waiting: Int, latest: Int64) {
        (self.waiting, self.latest, until) = (waiting, latest, .now + Self.lifetime)
    }

    var holds: Bool { .now < until }

    /// - Parameter number: the latest that has been drawn now.
    func waiting(at number: Int64) -> Int {
        let (sum, overflow) = waiting.addingReportingOverflow(Int(clamping: max(0, number &- latest)))
        return overflow ? .max : sum
    }

    /// What is held shared by those who add a job where there is room, and alone near the limit.
    static let admission = "hashtextextended(current_schema() || ' admission', 0)"

    /// Holds it shared, and says the latest number that has been drawn: with the next statement, before it.
    static func lock(_ connection: PostgresConnection) -> SQLPromise {
        connection.later(
            "SELECT pg_advisory_xact_lock_shared(\(admission)) AS locked, last_value AS latest FROM jobs_ordinal_seq")
    }

    /// The jobs that wait.
    static func count(_ connection: PostgresConnection) throws(PostgresError) -> Int {
        let answer = try connection.run("SELECT \(JobRow.numberWaiting) AS number")
        return Int(answer.rows.first?.count("number") ?? 0)
    }
}
