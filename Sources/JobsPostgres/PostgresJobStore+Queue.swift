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
        try writeAndRead { connection, attempt in
            if attempt.mayHaveCommitted, let made = try? JobRow.require(connection, id: id).job {
                return { Submission(job: made, isNew: true) }
            }
            if let known = try Self.known(connection, new) { return { known } }
            let opened = try self.admit(connection, new, limit: queueLimit)
            let (standings, turn) = try self.charge(connection, new, opened)
            let row = self.insertRow(connection, new, id, turn: turn)
            if new.hasRowsBeside {
                try connection.flush()
                try self.insertParts(connection, new, of: try Self.made(row).ordinal, aside)
            }
            try AuditRow.append(connection, .init(accepted: id, new), at: self.now)
            return { Submission(job: try Self.made(row).job, isNew: true, standings: standings) }
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
            let queued = try QueueBound.count(connection)
            return (queued >= queueLimit, Set(rows.map { $0.text("digest") }))
        }
        if isFull { return [:] }
        let inputs = new.inputs.filter { !known.contains($0.digest) }
        return Dictionary(inputs.map { (.input($0.digest), $0.bytes) }) { $1 }
    }

    /// Those who add jobs at the same time do not see each other's. As long as the queue has room for all of them
    /// that does not matter; near the limit they come one after the other.
    /// - Returns: the account of the job's owner, locked after the queue.
    private func admit(
        _ connection: PostgresConnection, _ new: NewJob, limit: Int
    ) throws -> AccountRow.Opened {
        if limit > QueueBound.margin {
            let latest = QueueBound.lock(connection)
            let opened = try AccountRow.opened(connection, for: new, at: now)
            if try hasRoom(connection, latest.answer, limit: limit) { return opened }
            // Two who hold it shared and both want it alone would wait for each other.
            try connection.runScript("ROLLBACK; BEGIN")
        }
        try connection.run("SELECT pg_advisory_xact_lock(\(QueueBound.admission))")
        try JobRules.admit(queued: try QueueBound.count(connection), limit: limit)
        return try AccountRow.opened(connection, for: new, at: now)
    }

    /// Whether there is room beyond doubt, counted only where that does not follow from an earlier count.
    private func hasRoom(_ connection: PostgresConnection, _ answer: SQLAnswer, limit: Int) throws -> Bool {
        let latest = answer.rows.first?.integer("latest") ?? 0, most = limit - QueueBound.margin
        if let known = queueBound.withLock({ $0 }), known.holds, known.waiting(at: latest) < most { return true }
        let waiting = try QueueBound.count(connection)
        queueBound.withLock { $0 = QueueBound(waiting: waiting, latest: latest) }
        return waiting < most
    }

    /// Counts the job for its owner.
    /// - Returns: what is left of the quota, and when the job's turn is.
    private func charge(
        _ connection: PostgresConnection, _ new: NewJob, _ opened: AccountRow.Opened
    ) throws -> ([QuotaStanding], turn: Int64) {
        var account = opened.account
        // Counted only where there is a limit.
        let queued = new.quota.queued == nil ? 0 : try AccountRow.queued(connection, of: new.owner)
        let standings = try account.charge(new.work, new.quota, of: new.owner, queued: queued, at: opened.time)
        let turn = account.takeTurn(for: new.work, opened.present)
        try AccountRow.store(connection, account, of: new.owner)
        return (standings, turn)
    }

    private func insertRow(
        _ connection: PostgresConnection, _ new: NewJob, _ id: JobID, turn: Int64
    ) -> SQLPromise {
        connection.later(
            """
            INSERT INTO jobs (id, kind, model, weights_sha256, request, run, created_at, images, steps, planned_calls,
                call_units, is_large, stored_bytes, owner, turn, arithmetic)
            VALUES ($1, $2, $3, $4, $5, $6, moment($7), $8, $9, $10, $11, $12, $13, $14, $15, $16)
            RETURNING \(JobRow.columns),
                \(JobRow.numberAhead(isLarge: "jobs.is_large", place: "jobs.turn, jobs.ordinal")) AS before
            """,
            [
                .text(id.description), .text(new.kind), .text(new.model.name), .text(new.model.weightsSHA256),
                .bytes(new.request), .bytes(new.run), now, .integer(new.work.images), .integer(new.work.steps),
                .integer(new.work.calls), .integer(max(0, new.work.unitsPerCall)), .boolean(new.work.isLarge),
                .integer(new.byteCount), .text(new.owner), .integer(turn), .text(new.arithmetic),
            ])
    }

    /// The row of a job that has been accepted.
    private static func made(_ promise: SQLPromise) throws -> JobRow {
        guard let row = promise.answer.rows.first else { throw JobStoreError.storeUnavailable("no row was made") }
        var made = try JobRow(row)
        made.job.queuePosition = Int(row.count("before")) + 1
        return made
    }

    private func insertParts(
        _ connection: PostgresConnection, _ new: NewJob, of ordinal: Int64, _ aside: Aside
    ) throws {
        try aside.settle(connection, try InputRow.insert(connection, new.inputs, of: ordinal, aside))
        if !new.labels.isEmpty {
            connection.later(
                """
                INSERT INTO job_labels (name, value, job) SELECT name, value, $3
                FROM unnest($1::text[], $2::text[]) AS labels (name, value) ON CONFLICT DO NOTHING
                """,
                [.texts(new.labels.map(\.name)), .texts(new.labels.map(\.value)), .integer(ordinal)])
        }
        if let callback = new.callback { try Self.insert(connection, callback, of: ordinal) }
        if let key = new.idempotency { try insert(connection, key, of: ordinal) }
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
}

extension NewJob {
    /// Whether rows of other tables come with the job's.
    fileprivate var hasRowsBeside: Bool {
        !inputs.isEmpty || !labels.isEmpty || callback != nil || idempotency != nil
    }
}
