import Jobs

// Into the queue and out of it.
extension PostgresJobStore {
    public func insert(_ new: NewJob, queueLimit: Int) throws(JobStoreError) -> Submission {
        // Made here, before the first attempt: by it a job is found whose acceptance was not answered.
        var generator = SystemRandomNumberGenerator()
        let id = JobID(at: configuration.clock?() ?? .now, using: &generator)
        let submission = try puttingAside(try newContents(of: new, queueLimit: queueLimit)) {
            (aside) throws(JobStoreError) in try insert(new, id, queueLimit: queueLimit, aside)
        }
        if submission.isNew { tell([.arrived(submission.job.id)]) }
        return submission
    }

    private func insert(
        _ new: NewJob, _ id: JobID, queueLimit: Int, _ aside: Aside
    ) throws(JobStoreError) -> Submission {
        try write { connection, attempt in
            if attempt.mayHaveCommitted, let made = try? JobRow.require(connection, id: id).job {
                return Submission(job: made, isNew: true)
            }
            if let known = try Self.known(connection, new) { return known }
            try self.admit(connection, limit: queueLimit)
            let (standings, turn) = try self.charge(connection, new)
            let row = try self.insertRow(connection, new, id, turn: turn)
            try self.insertParts(connection, new, of: row.ordinal, aside)
            try AuditRow.append(connection, .init(accepted: id, new), at: self.now)
            return Submission(job: row.job, isNew: true, standings: standings)
        }
    }

    /// The inputs that may be put outside of the database: of those that are there one copy is enough, and a job that
    /// will be refused needs none. Should that have changed a moment later, an input goes into its row.
    private func newContents(of new: NewJob, queueLimit: Int) throws(JobStoreError) -> [Aside.Key: [UInt8]] {
        guard configuration.blobs != nil, !new.inputs.isEmpty else { return [:] }
        let (isFull, known) = try read { connection in
            let rows = try connection.run(
                "SELECT digest FROM inputs WHERE digest = ANY($1)", [.texts(new.inputs.map(\.digest))]
            ).rows
            let answer = try connection.run("SELECT count(*) AS number FROM jobs WHERE \(JobRow.isWaiting)")
            let queued = Int(answer.rows.first?.count("number") ?? 0)
            return (queued >= queueLimit, Set(rows.map { $0.text("digest") }))
        }
        if isFull { return [:] }
        let inputs = new.inputs.filter { !known.contains($0.digest) }
        return Dictionary(inputs.map { (.input($0.digest), $0.bytes) }) { $1 }
    }

    /// The job that the same request made earlier.
    private static func known(_ connection: PostgresConnection, _ new: NewJob) throws -> Submission? {
        guard let key = new.idempotency else { return nil }
        let found = try connection.run(
            """
            SELECT digest, id FROM idempotency_keys JOIN jobs ON ordinal = job WHERE scope = $1 AND key = $2
            """, [.text(key.scope), .text(key.key)]
        ).rows.first
        guard let found, let id = JobID(found.text("id")) else { return nil }
        try JobRules.check(key, against: found.text("digest"), of: id)
        return Submission(job: try JobRow.require(connection, id: id).job, isNew: false)
    }

    /// Those who add jobs at the same time do not see each other's. As long as the queue has room for all of them
    /// that does not matter; near the limit they come one after the other.
    private func admit(_ connection: PostgresConnection, limit: Int) throws {
        let lock = "hashtextextended(current_schema() || ' admission', 0)"
        func queued(_ column: String) throws -> Int {
            let answer = try connection.run(
                "SELECT \(column) AS locked, (SELECT count(*) FROM jobs WHERE \(JobRow.isWaiting)) AS number")
            return Int(answer.rows.first?.count("number") ?? 0)
        }
        let margin = 200
        if limit > margin {
            if try queued("pg_advisory_xact_lock_shared(\(lock))") < limit - margin { return }
            // Two who hold it shared and both want it alone would wait for each other.
            try connection.runScript("ROLLBACK; BEGIN")
        }
        try connection.run("SELECT pg_advisory_xact_lock(\(lock))")
        try JobRules.admit(queued: try queued("1"), limit: limit)
    }

    /// Counts the job for its owner.
    /// - Returns: what is left of the quota, and when the job's turn is.
    private func charge(_ connection: PostgresConnection, _ new: NewJob) throws -> ([QuotaStanding], turn: Int64) {
        var (account, time) = try AccountRow.locked(connection, of: new.owner, at: now)
        // Counted only where there is a limit.
        let queued = new.quota.queued == nil ? 0 : try AccountRow.queued(connection, of: new.owner)
        let standings = try account.charge(new.work, new.quota, of: new.owner, queued: queued, at: time)
        let turn = account.takeTurn(for: new.work, try AccountRow.present(connection, new))
        try AccountRow.store(connection, account, of: new.owner)
        return (standings, turn)
    }

    private func insertRow(
        _ connection: PostgresConnection, _ new: NewJob, _ id: JobID, turn: Int64
    ) throws -> JobRow {
        let row = try connection.run(
            """
            INSERT INTO jobs (id, kind, model, weights_sha256, request, run, created_at, images, steps, planned_calls,
                call_units, is_large, stored_bytes, owner, turn, arithmetic)
            VALUES ($1, $2, $3, $4, $5, $6, moment($7), $8, $9, $10, $11, $12, $13, $14, $15, $16)
            RETURNING \(JobRow.columns), (
                SELECT count(*) FROM jobs AS others WHERE \(JobRow.isWaiting) AND others.is_large = jobs.is_large
                    AND (others.turn, others.ordinal) < (jobs.turn, jobs.ordinal)) AS before
            """,
            [
                .text(id.description), .text(new.kind), .text(new.model.name), .text(new.model.weightsSHA256),
                .bytes(new.request), .bytes(new.run), now, .integer(new.work.images), .integer(new.work.steps),
                .integer(new.work.calls), .integer(max(0, new.work.unitsPerCall)), .boolean(new.work.isLarge),
                .integer(new.byteCount), .text(new.owner), .integer(turn), .text(new.arithmetic),
            ]
        ).rows.first
        guard let row else { throw JobStoreError.storeUnavailable("no row was made") }
        var made = try JobRow(row)
        made.job.queuePosition = Int(row.count("before")) + 1
        return made
    }

    private func insertParts(
        _ connection: PostgresConnection, _ new: NewJob, of ordinal: Int64, _ aside: Aside
    ) throws {
        try aside.settle(connection, try ImageRow.insert(connection, new.inputs, of: ordinal, aside))
        if !new.labels.isEmpty {
            try connection.run(
                """
                INSERT INTO job_labels (name, value, job) SELECT name, value, $3
                FROM unnest($1::text[], $2::text[]) AS labels (name, value) ON CONFLICT DO NOTHING
                """,
                [.texts(new.labels.map(\.name)), .texts(new.labels.map(\.value)), .integer(ordinal)])
        }
        if let callback = new.callback { try Self.insert(connection, callback, of: ordinal) }
        guard let key = new.idempotency else { return }
        let answer = try connection.run(
            "INSERT INTO idempotency_keys (scope, key, digest, job) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            [.text(key.scope), .text(key.key), .text(key.digest), .integer(ordinal)])
        // Somebody else has used it a moment ago: the next attempt finds his job.
        if answer.changes == 0 { throw Collision() }
    }

    public func recover() throws(JobStoreError) -> [JobID] {
        let isOver = "status = 'running' AND (lease_expires_at IS NULL OR lease_expires_at <= moment($1))"
        let anyIsOver = try read { connection in
            let answer = try connection.run(
                """
                SELECT EXISTS (SELECT 1 FROM jobs WHERE \(isOver))
                    OR EXISTS (SELECT 1 FROM parts WHERE lease_expires_at <= moment($1)) AS is_over
                """, [self.now])
            return answer.rows.first?.boolean("is_over") ?? false
        }
        guard anyIsOver else { return [] }
        let recovered = try write { connection, _ in
            let rows = try connection.run(
                """
                WITH ended AS (SELECT ordinal FROM jobs WHERE \(isOver) ORDER BY ordinal FOR UPDATE SKIP LOCKED)
                UPDATE jobs SET status = 'queued', has_begun = false, \(Self.noLease), \(Self.nextVersion)
                FROM ended WHERE jobs.ordinal = ended.ordinal RETURNING id, jobs.ordinal AS ordinal
                """, [self.now]
            ).rows.sorted { ($0.integer("ordinal") ?? 0) < ($1.integer("ordinal") ?? 0) }
            // Of a job that was shared, none who had a part lives.
            try connection.run(
                "DELETE FROM parts WHERE job = ANY($1)", [.integers(rows.compactMap { $0.integer("ordinal") })])
            return try rows.compactMap { JobID($0.text("id")) } + self.recoverParts(connection)
        }
        tell(recovered.map { .arrived($0) })
        return recovered
    }

    public func lease(_ places: LeasePlaces) throws(JobStoreError) -> [JobLease] {
        listener.noteTaking()
        // Found out without a transaction that writes.
        let waiting = try waiting(places)
        var leases: [JobLease] = [], places = places
        // A job that is under way already comes before one that has not been begun.
        if waiting.parts { leases = try leaseParts(&places) }
        if !waiting.small { places.small = 0 }
        if !waiting.large { places.large = 0 }
        guard !places.isEmpty else {
            tellOfRest(leases)
            return try withInputs(leases)
        }
        let token = Self.newToken()
        leases += try write { [places] connection, attempt in
            if attempt.mayHaveCommitted {
                let found = try self.leased(connection, token) + self.leasedParts(connection, token)
                if !found.isEmpty { return found }
            }
            return try self.next(connection, places).map { try self.start(connection, $0, token, places) }
        }
        tellOfRest(leases)
        return try withInputs(leases)
    }

    /// Whether there are parts of jobs that others have begun, and jobs of either size that nobody has, to be leased.
    private func waiting(_ places: LeasePlaces) throws(JobStoreError) -> (parts: Bool, small: Bool, large: Bool) {
        var filter = Self.conditions(places)
        filter.require("status = 'queued'")
        return try read { [filter] connection in
            let row = try connection.run(
                """
                SELECT EXISTS (SELECT 1 FROM jobs WHERE \(filter.sql) AND NOT is_large) AS small,
                    EXISTS (SELECT 1 FROM jobs WHERE \(filter.sql) AND is_large) AS large,
                    EXISTS (SELECT 1 FROM parts WHERE lease IS NULL) AS parts
                """, filter.parameters
            ).rows.first
            guard let row else { return (false, false, false) }
            return (places.rowsTogether != nil && row.boolean("parts"), row.boolean("small"), row.boolean("large"))
        }
    }

    /// What a job has to be so that the process takes it, whether it waits or is shared.
    static func conditions(_ places: LeasePlaces) -> SQLFilter {
        var filter = SQLFilter()
        filter.require("model = ANY(?)", places.models.map { .texts($0.sorted()) })
        filter.require(
            "weights_sha256 || ' ' || model = ANY(?)",
            places.weights.map { .texts($0.map { "\($0.weightsSHA256) \($0.name)" }.sorted()) })
        filter.require("arithmetic IN ('', ?)", places.arithmetic.map { .text($0) })
        filter.require("owner <> ALL(?)", places.without.isEmpty ? nil : .texts(places.without.sorted()))
        return filter
    }

    /// The jobs that have a place now, in order, with what decides whether they are shared; their rows are locked.
    private func next(_ connection: PostgresConnection, _ places: LeasePlaces) throws -> [SQLRow] {
        var found: [(turn: Int64, ordinal: Int64, row: SQLRow)] = []
        for (limit, isLarge) in [(places.small, false), (places.large, true)] where limit > 0 {
            var filter = Self.conditions(places)
            filter.require("status = 'queued'")
            filter.require("is_large = ?", .boolean(isLarge))
            found += try connection.run(
                """
                SELECT turn, ordinal, images, steps, planned_calls, is_large,
                    images_done = 0 AND image_steps = 0 AS is_new
                FROM jobs WHERE \(filter.sql)
                ORDER BY turn, ordinal LIMIT $\(filter.parameters.count + 1) FOR UPDATE SKIP LOCKED
                """, filter.parameters + [.integer(limit)]
            ).rows.map { ($0.integer("turn") ?? 0, $0.integer("ordinal") ?? 0, $0) }
        }
        return found.sorted { ($0.turn, $0.ordinal) < ($1.turn, $1.ordinal) }.map(\.row)
    }

    private func start(
        _ connection: PostgresConnection, _ next: SQLRow, _ token: String, _ places: LeasePlaces
    ) throws -> JobLease {
        let ordinal = next.integer("ordinal") ?? 0
        if isToBeShared(next, places) { return try share(connection, ordinal, token, places) }
        let isNew = next.boolean("is_new")
        let saved = isNew ? [:] : try ImageRow.trajectories(connection, of: ordinal)
        let finished = isNew ? [:] : try ImageRow.finishedCalls(connection, of: ordinal)
        let resumed = JobRules.resumedFromStep(
            saved: saved.values.map(\.step), finished: finished.count, steps: Int(next.count("steps")),
            images: Int(next.count("images")))
        let row = try connection.run(
            """
            UPDATE jobs SET
                status = 'running', has_begun = false, lease = $2 || '.' || ordinal, lease_owner = $3,
                lease_expires_at = moment($4) + $5::bigint, attempt = started_attempts(attempt),
                fruitless_attempts = started_attempts(fruitless_attempts), resumed_from_step = $6, \(Self.nextVersion)
            WHERE ordinal = $1 RETURNING \(Self.leaseColumns)
            """,
            [
                .integer(ordinal), .text(token), .text(owner), now, leaseMilliseconds,
                .integer(resumed.map { Int64($0) }),
            ]
        ).rows.first
        guard let row else {
            throw JobStoreError.storeUnavailable("row \(ordinal) of jobs vanished inside a transaction")
        }
        return try lease(connection, row, saved: saved, finished: finished)
    }

    /// The leases that a commit has given whose answer was lost.
    private func leased(_ connection: PostgresConnection, _ token: String) throws -> [JobLease] {
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

    private static let leaseColumns = """
        \(JobRow.columns), lease, lease_expires_at, run, \
        EXISTS (SELECT 1 FROM job_inputs WHERE job = ordinal) AS has_inputs
        """

    private func lease(
        _ connection: PostgresConnection, _ row: SQLRow, saved: [Int: SavedTrajectory], finished: [Int: Int64]
    ) throws -> JobLease {
        var started = try JobRow(row)
        try started.lookUpImages(connection)
        var lease = JobLease(token: row.text("lease"), expiresAt: row.moment("lease_expires_at"), job: started.job)
        lease.run = row.bytes("run")
        if row.boolean("has_inputs") { lease.inputs = try ImageRow.inputs(connection, of: started.ordinal) }
        (lease.unitsPerCall, lease.fruitlessAttempts) = (started.unitsPerCall, started.fruitlessAttempts)
        (lease.saved, lease.finished) = (saved, finished)
        return lease
    }

    static let nextVersion = "version = next_version(version)"

    static let noLease = "lease = NULL, lease_owner = NULL, lease_expires_at = NULL"
}
