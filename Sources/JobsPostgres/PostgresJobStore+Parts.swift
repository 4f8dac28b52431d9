import Jobs

// Jobs that several processes make together. The row of the job is locked before those of its parts.
extension PostgresJobStore {
    /// Leases parts of jobs that others have begun to share, one of each job.
    /// - Parameter places: those that they take are not there any more.
    func leaseParts(_ places: inout LeasePlaces) throws(JobStoreError) -> [JobLease] {
        try gathering { (leases) throws(JobStoreError) in
            for isLarge in [false, true] {
                while (isLarge ? places.large : places.small) > 0, let lease = try leasePart(places, isLarge: isLarge) {
                    leases.append(lease)
                    if isLarge { places.large -= 1 } else { places.small -= 1 }
                }
            }
        }
    }

    /// Of a job whose part was leased there is more, for others.
    func tellOfRest(_ leases: [JobLease]) {
        let shared = leases.filter { lease in
            lease.part.map { $0.images.upperBound < lease.job.progress.images } ?? false
        }
        listener.send(shared.map { .arrived($0.job.id) }, areOfParts: true)
    }

    /// Leases a part of the first job, in the order of turns, that others have begun to share and of which this process
    /// has no part yet.
    /// - Returns: nil when there is none.
    private func leasePart(_ places: LeasePlaces, isLarge: Bool) throws(JobStoreError) -> JobLease? {
        let token = Self.newToken()
        return try write { connection, attempt in
            if attempt.mayHaveCommitted, let found = try self.leasedParts(connection, token).first { return found }
            guard let ordinal = try self.nextShared(connection, places, isLarge: isLarge) else { return nil }
            // Somebody has taken the last of it while its row was waited for: there may be others.
            guard let lease = try self.takePart(connection, of: ordinal, token, places) else { throw Collision() }
            return lease
        }
    }

    private func nextShared(
        _ connection: PostgresConnection, _ places: LeasePlaces, isLarge: Bool
    ) throws -> Int64? {
        var filter = conditions(places)
        filter.require("status = 'running' AND lease = ?", .text(PartRow.leaseOfJob))
        filter.require("is_large = ?", .boolean(isLarge))
        filter.require("EXISTS (SELECT 1 FROM parts WHERE job = ordinal AND lease IS NULL)")
        filter.require("NOT EXISTS (SELECT 1 FROM parts WHERE job = ordinal AND lease_owner = ?)", .text(owner))
        return try connection.run(
            "SELECT ordinal FROM jobs WHERE \(filter.sql) ORDER BY turn, ordinal LIMIT 1 FOR UPDATE", filter.parameters
        ).rows.first?.integer("ordinal")
    }

    /// Whether a job that waits is one to be shared: it has more images than this process makes at the same time.
    /// - Parameter row: `images`, `steps`, `planned_calls` and `is_large` of the job.
    func isToBeShared(_ row: SQLRow, _ places: LeasePlaces) -> Bool {
        guard let together = Self.imagesTogether(row, places) else { return false }
        let images = Int(row.count("images"))
        return images > together && images <= JobRules.mostImages
    }

    private static func imagesTogether(_ row: SQLRow, _ places: LeasePlaces) -> Int? {
        places.rowsTogether.map { rows in
            JobRules.imagesTogether(
                rows: row.boolean("is_large") ? rows.large : rows.small, calls: row.total("planned_calls"),
                images: Int(row.count("images")), steps: Int(row.count("steps")))
        }
    }

    /// Begins to share a job that waits, and leases its first part.
    func share(
        _ connection: PostgresConnection, _ ordinal: Int64, _ token: String, _ places: LeasePlaces
    ) throws -> JobLease {
        try PartRow.discard(connection, of: ordinal)
        try PartRow.insertWhole(connection, of: ordinal)
        let done = try connection.run(
            """
            SELECT (SELECT count(*) FROM images WHERE job = ordinal) AS finished, steps, images,
                (SELECT sum(least(step, 1::bigint << 40))::bigint FROM trajectories WHERE job = ordinal) AS saved
            FROM jobs WHERE ordinal = $1
            """, [.integer(ordinal)]
        ).rows.first
        let resumed = done.flatMap { row in
            JobRules.resumedFromStep(
                saved: row.isNull("saved") ? [] : [Int(row.total("saved"))], finished: Int(row.count("finished")),
                steps: Int(row.count("steps")), images: Int(row.count("images")))
        }
        try connection.run(
            """
            UPDATE jobs SET
                status = 'running', has_begun = false, lease = $2, lease_owner = $2,
                lease_expires_at = moment($3) + $4::bigint, attempt = started_attempts(attempt),
                fruitless_attempts = started_attempts(fruitless_attempts), resumed_from_step = $5, \(Self.nextVersion)
            WHERE ordinal = $1
            """,
            [
                .integer(ordinal), .text(PartRow.leaseOfJob), now, leaseMilliseconds,
                .integer(resumed.map { Int64($0) }),
            ])
        guard let lease = try takePart(connection, of: ordinal, token, places) else {
            throw JobStoreError.storeUnavailable("row \(ordinal) of jobs has no parts")
        }
        return lease
    }

    private func takePart(
        _ connection: PostgresConnection, of ordinal: Int64, _ token: String, _ places: LeasePlaces
    ) throws -> JobLease? {
        guard let free = try PartRow.free(connection, of: ordinal) else { return nil }
        let row = try connection.run(
            """
            SELECT images, steps, planned_calls, is_large, model, weights_sha256, arithmetic
            FROM jobs WHERE ordinal = $1
            """, [.integer(ordinal)]
        ).rows.first
        guard let row else { return nil }
        let size = JobRules.imagesOfPart(
            left: try PartRow.imagesLeft(connection, of: ordinal), together: Self.imagesTogether(row, places) ?? .max,
            processes: try processes(connection, for: row))
        let first = free.images.lowerBound, images = first..<min(first + size, free.images.upperBound)
        let work = try ImageRow.work(connection, of: ordinal, images, steps: row.count("steps"))
        let holder = holder("\(token).\(ordinal)")
        let fruitless = try free.take(connection, images, of: ordinal, by: holder, usage: work.usage)
        try connection.run(
            """
            UPDATE jobs SET lease_expires_at = greatest(lease_expires_at, moment($2) + $3::bigint),
                attempt = greatest(attempt, (SELECT attempt FROM parts WHERE job = $1 AND first = $4))
            WHERE ordinal = $1
            """, [.integer(ordinal), now, leaseMilliseconds, .integer(first)])
        return try lease(connection, ordinal, holder.token, work, fruitlessAttempts: fruitless)
    }

    func holder(_ token: String) -> PartRow.Holder {
        PartRow.Holder(token: token, owner: owner, now: now, leaseMilliseconds: leaseMilliseconds)
    }

    /// The processes that may take parts of a job, as far as they have told.
    private func processes(_ connection: PostgresConnection, for job: SQLRow) throws -> Int {
        let answer = try connection.run(
            """
            SELECT count(*) AS number FROM workers JOIN worker_models ON worker = id
            WHERE seen_at > moment($1) - 30000 AND NOT is_draining AND role <> 'api'
                AND model = $2 AND weights_sha256 = $3 AND ($4::text = '' OR arithmetic = $4)
            """, [now, job["model"], job["weights_sha256"], job["arithmetic"]])
        return Int(answer.rows.first?.count("number") ?? 0)
    }

    /// The leases of parts that a commit has given whose answer was lost.
    func leasedParts(_ connection: PostgresConnection, _ token: String) throws -> [JobLease] {
        try connection.run(
            """
            SELECT job, first, past, parts.lease AS token, parts.fruitless_attempts AS fruitless, steps
            FROM parts JOIN jobs ON ordinal = job WHERE parts.lease = $1 || '.' || job ORDER BY job
            """, [.text(token)]
        ).rows.map { row in
            let ordinal = row.integer("job") ?? 0, first = Int(row.count("first"))
            let images = first..<max(first, Int(row.count("past")))
            let work = try ImageRow.work(connection, of: ordinal, images, steps: row.count("steps"))
            return try lease(
                connection, ordinal, row.text("token"), work, fruitlessAttempts: Int(row.count("fruitless")))
        }
    }

    private func lease(
        _ connection: PostgresConnection, _ ordinal: Int64, _ token: String, _ work: ImageRow.Work,
        fruitlessAttempts: Int
    ) throws -> JobLease {
        let row = try connection.run(
            """
            SELECT \(JobRow.columns), run,
                (SELECT lease_expires_at FROM parts WHERE job = ordinal AND lease = $2) AS lease_expires_at
            FROM jobs WHERE ordinal = $1
            """, [.integer(ordinal), .text(token)]
        ).rows.first
        guard let row else {
            throw JobStoreError.storeUnavailable("row \(ordinal) of jobs vanished inside a transaction")
        }
        let job = try JobRow(row)
        var lease = JobLease(token: token, expiresAt: row.moment("lease_expires_at"), job: job.job)
        (lease.run, lease.inputs) = (row.bytes("run"), try InputRow.fetch(connection, of: ordinal))
        (lease.unitsPerCall, lease.fruitlessAttempts) = (job.unitsPerCall, fruitlessAttempts)
        (lease.saved, lease.finished) = (work.saved, work.finished)
        lease.part = JobPart(images: work.images, usage: work.usage)
        return lease
    }
}
