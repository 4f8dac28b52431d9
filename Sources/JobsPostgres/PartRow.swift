import Jobs

/// Rows of the table `parts`. Whoever touches those of a job has locked the row of the job before.
struct PartRow {
    /// What `jobs.lease` says of a job that is shared.
    static let leaseOfJob = "parts"

    let images: Range<Int>
    private let attempt: Int64
    private let fruitlessAttempts: Int64
    private let usage: JobUsage

    private static let columns = """
        first, past, attempt, fruitless_attempts, images_done, image_steps, network_calls, compute_ns
        """

    private init(_ row: SQLRow) {
        let first = Int(row.count("first"))
        images = first..<max(first, Int(row.count("past")))
        (attempt, fruitlessAttempts) = (row.count("attempt"), row.count("fruitless_attempts"))
        usage = JobUsage(
            computeNanoseconds: row.total("compute_ns"), networkCalls: row.total("network_calls"),
            imageSteps: row.total("image_steps"), imagesDone: Int(row.count("images_done")))
    }

    /// The first that nobody has.
    static func free(_ connection: PostgresConnection, of job: Int64) throws(PostgresError) -> PartRow? {
        try connection.run(
            "SELECT \(columns) FROM parts WHERE job = $1 AND lease IS NULL ORDER BY first LIMIT 1", [.integer(job)]
        ).rows.first.map(PartRow.init)
    }

    /// The one that is held under this lease.
    static func held(
        _ connection: PostgresConnection, of job: Int64, _ token: String
    ) throws(PostgresError) -> PartRow? {
        try connection.run(
            "SELECT \(columns) FROM parts WHERE job = $1 AND lease = $2", [.integer(job), .text(token)]
        ).rows.first.map(PartRow.init)
    }

    /// One part of all images, which nobody has yet; its attempts go on from those of the job.
    static func insertWhole(_ connection: PostgresConnection, of job: Int64) throws(PostgresError) {
        try connection.run(
            """
            INSERT INTO parts (job, first, past, attempt, fruitless_attempts)
            SELECT ordinal, 0, images, attempt, fruitless_attempts FROM jobs WHERE ordinal = $1
            """, [.integer(job)])
    }

    /// Images of a job that nobody has.
    static func imagesLeft(_ connection: PostgresConnection, of job: Int64) throws(PostgresError) -> Int {
        let answer = try connection.run(
            "SELECT sum(past - first)::bigint AS images FROM parts WHERE job = $1 AND lease IS NULL", [.integer(job)])
        return Int(answer.rows.first?.count("images") ?? 0)
    }

    /// What a lease of a part says of itself.
    struct Holder {
        let token: String
        /// The process.
        let owner: String
        let now: SQLValue
        let leaseMilliseconds: SQLValue
    }

    /// Leases the first images of a free part; the others stay free.
    /// - Parameter usage: what is saved of these images.
    /// - Returns: attempts of these images in a row that persisted nothing, this one included.
    func take(
        _ connection: PostgresConnection, _ images: Range<Int>, of job: Int64, by holder: Holder, usage: JobUsage
    ) throws(PostgresError) -> Int {
        let fruitless = JobRules.attempts(afterStart: fruitlessAttempts)
        try connection.run(
            """
            UPDATE parts SET past = $3, lease = $4, lease_owner = $5, lease_expires_at = moment($6) + $7::bigint,
                attempt = $8, fruitless_attempts = $9, images_done = $10, image_steps = $11, network_calls = $12,
                compute_ns = 0
            WHERE job = $1 AND first = $2
            """,
            [
                .integer(job), .integer(images.lowerBound), .integer(images.upperBound), .text(holder.token),
                .text(holder.owner), holder.now, holder.leaseMilliseconds,
                .integer(JobRules.attempts(afterStart: attempt)), .integer(Int64(fruitless)),
                .integer(usage.imagesDone), .integer(usage.imageSteps), .integer(usage.networkCalls),
            ])
        if images.upperBound < self.images.upperBound {
            try connection.run(
                "INSERT INTO parts (job, first, past, attempt, fruitless_attempts) VALUES ($1, $2, $3, $4, $5)",
                [
                    .integer(job), .integer(images.upperBound), .integer(self.images.upperBound), .integer(attempt),
                    .integer(fruitlessAttempts),
                ])
        }
        return Int(fruitless)
    }

    /// Takes over the totals of the part, for it and for the job, and renews both leases. The version of the job moves
    /// if somebody may see the difference; progress clears the counts of fruitless attempts.
    func update(
        _ connection: PostgresConnection, to now: JobUsage, of job: Int64, by holder: Holder
    ) throws(PostgresError) {
        let fruitless = JobRules.fruitlessAttempts(
            fruitlessAttempts, stepsBefore: usage.imageSteps, stepsNow: now.imageSteps)
        try connection.run(
            """
            UPDATE parts SET fruitless_attempts = $9, images_done = $3, image_steps = $4, network_calls = $5,
                compute_ns = $6, lease_expires_at = moment($7) + $8::bigint
            WHERE job = $1 AND first = $2
            """,
            [
                .integer(job), .integer(images.lowerBound), .integer(now.imagesDone), .integer(now.imageSteps),
                .integer(now.networkCalls), .integer(now.computeNanoseconds), holder.now, holder.leaseMilliseconds,
                .integer(fruitless),
            ])
        let steps = now.imageSteps &- usage.imageSteps
        try connection.run(
            """
            UPDATE jobs SET
                version = CASE WHEN $2::boolean THEN next_version(version) ELSE version END,
                \(PostgresJobStore.fruitlessAttempts(stepsNow: "image_steps + $4::bigint")),
                images_done = images_done + $3::bigint, image_steps = image_steps + $4::bigint,
                network_calls = network_calls + $5::bigint,
                compute_ns = least(compute_ns::numeric + $6::bigint, 1::bigint << 60)::bigint,
                lease_expires_at = greatest(lease_expires_at, moment($7) + $8::bigint)
            WHERE ordinal = $1
            """,
            [
                .integer(job), .boolean(now != usage), .integer(now.imagesDone - usage.imagesDone), .integer(steps),
                .integer(now.networkCalls &- usage.networkCalls),
                .integer(now.computeNanoseconds &- usage.computeNanoseconds), holder.now, holder.leaseMilliseconds,
            ])
    }

    /// Forgets the parts of a job.
    /// - Returns: whether it had some.
    @discardableResult
    static func discard(_ connection: PostgresConnection, of job: Int64) throws(PostgresError) -> Bool {
        try connection.run("DELETE FROM parts WHERE job = $1", [.integer(job)]).changes > 0
    }
}
