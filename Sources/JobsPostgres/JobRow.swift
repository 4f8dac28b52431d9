import Jobs

/// Reads jobs out of rows of the table `jobs`.
struct JobRow {
    static let columns = """
        ordinal, id, kind, status, model, weights_sha256, request, created_at, started_at, finished_at, images, steps, \
        images_done, image_steps, network_calls, compute_ns, attempt, fruitless_attempts, resumed_from_step, error, \
        stored_bytes, version, has_begun, is_pinned, is_large, call_units, owner, turn, \
        arithmetic
        """

    let ordinal: Int64
    var job: Job
    let fruitlessAttempts: Int
    let unitsPerCall: Int64
    let isLarge: Bool
    /// When it is its turn (`FairTurns`).
    let turn: Int64
    /// Whether a process holds it, be it that nothing has been computed yet.
    let isLeased: Bool
    /// Whether images of it may be stored.
    let mayHaveImages: Bool

    /// Images that the job lists: `JobRules.imagesListed`.
    static func imagesListed(_ row: SQLRow) -> Int {
        JobRules.imagesListed(
            JobStatus(rawValue: row.text("status")), images: row.count("images"), done: row.count("images_done"))
    }

    /// - Throws: `damagedRow`.
    init(_ row: SQLRow) throws(JobStoreError) {
        ordinal = row.integer("ordinal") ?? 0
        let (id, stored) = try DamagedRow.check(row)
        (fruitlessAttempts, unitsPerCall) = (Int(row.count("fruitless_attempts")), row.count("call_units"))
        (isLarge, isLeased) = (row.boolean("is_large"), stored == .running)
        turn = row.integer("turn") ?? 0
        job = Job(
            id: id, kind: row.text("kind"),
            model: ModelReference(name: row.text("model"), weightsSHA256: row.text("weights_sha256")),
            request: row.bytes("request") ?? [], createdAt: row.moment("created_at"))
        job.status = JobRules.status(stored, hasBegun: row.boolean("has_begun"))
        job.version = JobVersion(number: row.integer("version") ?? 0)
        if let started = row.optionalMoment("started_at") { job.begin(at: started) }
        job.finishedAt = row.optionalMoment("finished_at")
        (job.progress.steps, job.progress.images) = (Int(row.count("steps")), Int(row.count("images")))
        job.attempt = Int(row.count("attempt"))
        job.resumedFromStep = row.isNull("resumed_from_step") ? nil : Int(row.count("resumed_from_step"))
        job.error = row.bytes("error")
        job.arithmetic = row.text("arithmetic")
        job.owner = row.text("owner")
        job.isPinned = row.boolean("is_pinned")
        mayHaveImages = Self.imagesListed(row) > 0
        job.apply(
            JobUsage(
                computeNanoseconds: row.total("compute_ns"), networkCalls: row.total("network_calls"),
                imageSteps: row.total("image_steps"), imagesDone: Int(row.count("images_done"))))
    }

    /// The job with its images and its place in the queue.
    /// - Throws: `gone` or `notFound` when there is no such job.
    static func require(_ connection: PostgresConnection, id: JobID, locked: Bool = false) throws -> JobRow {
        let sql = "SELECT \(columns) FROM jobs WHERE id = $1" + (locked ? " FOR UPDATE" : "")
        guard let found = try connection.run(sql, [.text(id.description)]).rows.first else {
            throw try reasonOfAbsence(connection, id)
        }
        var row = try JobRow(found)
        try row.complete(connection)
        return row
    }

    private static func reasonOfAbsence(_ connection: PostgresConnection, _ id: JobID) throws -> JobStoreError {
        let stones = try connection.run(
            "SELECT why, removed_at FROM tombstones WHERE id = $1", [.text(id.description)]
        ).rows
        guard let stone = stones.first else { return .notFound(id) }
        return .gone(id, why: RemovalReason(rawValue: stone.text("why")) ?? .deleted, at: stone.moment("removed_at"))
    }

    mutating func lookUpImages(_ connection: PostgresConnection) throws {
        if mayHaveImages { job.images = try ImageRow.records(connection, of: [ordinal])[ordinal] ?? [] }
    }

    private mutating func complete(_ connection: PostgresConnection) throws {
        try lookUpImages(connection)
        guard job.status == .queued else { return }
        let answer = try connection.run(
            "SELECT \(Self.numberAhead(isLarge: "$1", place: "$2::bigint, $3::bigint")) AS number",
            [.boolean(isLarge), .integer(turn), .integer(ordinal)])
        job.queuePosition = answer.rows.first.map { Int($0.count("number")) + 1 }
    }

    /// Completes the jobs of a page, with as many statements as for one.
    static func complete(_ connection: PostgresConnection, _ rows: [JobRow]) throws -> [Job] {
        let images = try ImageRow.records(connection, of: rows.filter(\.mayHaveImages).map(\.ordinal))
        var positions: [Int64: Int] = [:]
        if let latest = rows.lazy.filter({ $0.job.status == .queued }).map(\.turn).max() {
            let waiting = try connection.run(
                "SELECT ordinal, is_large FROM jobs WHERE \(isWaiting) AND turn <= $1 ORDER BY turn, ordinal",
                [.integer(latest)])
            var next = JobRules.QueuePositions()
            for row in waiting.rows {
                positions[row.integer("ordinal") ?? 0] = next.next(isLarge: row.boolean("is_large"))
            }
        }
        return rows.map { row in
            var job = row.job
            job.images = images[row.ordinal] ?? []
            if job.status == .queued { job.queuePosition = positions[row.ordinal] }
            return job
        }
    }
}
