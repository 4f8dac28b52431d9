import Jobs

// What happens to a job between its lease and its end.
extension PostgresJobStore {
    public func begin(_ leases: [JobLease]) throws(JobStoreError) {
        guard !leases.isEmpty else { return }
        try writeOne { connection in
            _ = try connection.run(
                """
                WITH held AS MATERIALIZED (
                    SELECT ordinal FROM jobs WHERE id = ANY ($1) AND NOT has_begun AND (lease = ANY ($2)
                        OR EXISTS (SELECT 1 FROM parts WHERE job = ordinal AND parts.lease = ANY ($2)))
                    ORDER BY id FOR UPDATE)
                UPDATE jobs SET has_begun = true, started_at = coalesce(started_at, moment($3)), \(Self.nextVersion)
                FROM held WHERE jobs.ordinal = held.ordinal
                """, Self.keys(leases) + [self.now])
        }
        sendChanged(leases)
    }

    /// Who hears that a job is another's does not ask for it, unless it is one of which there may be more.
    private func sendChanged(_ leases: [JobLease]) {
        listener.send(leases.filter { $0.part == nil }.map { .changed($0.job.id) })
        listener.send(leases.filter { $0.part != nil }.map { .changed($0.job.id) }, areOfParts: true)
    }

    /// Jobs and their leases. A lease is of one job: a row that has both among these has the one of the other.
    static func keys(_ leases: [JobLease]) -> [SQLValue] {
        [.texts(leases.map(\.job.id.description)), .texts(leases.map(\.token))]
    }

    /// `held`: the rows of jobs that are held whole under leases, which are `keys`. They are locked in the order of all
    /// who lock several, so that two transactions do not wait for each other: a process renews while it saves.
    private static let held = """
        held AS MATERIALIZED (
            SELECT ordinal FROM jobs WHERE id = ANY ($1) AND lease = ANY ($2) ORDER BY id FOR UPDATE)
        """

    /// With them those are renewed that `lease` is about to give, once their inputs are here.
    public func renew(_ leases: [JobLease]) throws(JobStoreError) -> [JobID] {
        let all = leases + inputReading.underWay
        guard !all.isEmpty else { return [] }
        let parts = all.filter { $0.part != nil }, whole = all.filter { $0.part == nil }
        var held: [String] = []
        if !parts.isEmpty { held += try write { connection, _ in try self.renewParts(connection, parts) } }
        if !whole.isEmpty { held += try renewWhole(whole) }
        let ids = Set(held), lost = leases.map(\.job.id).filter { !ids.contains($0.description) }
        listener.noteEnd(of: lost)
        return lost
    }

    /// - Returns: the jobs whose leases stand.
    private func renewWhole(_ leases: [JobLease]) throws(JobStoreError) -> [String] {
        try writeOne { connection in
            try connection.run(
                """
                WITH \(Self.held)
                UPDATE jobs SET lease_expires_at = moment($3) + $4::bigint
                FROM held WHERE jobs.ordinal = held.ordinal RETURNING id
                """, Self.keys(leases) + [self.now, self.leaseMilliseconds]
            ).rows.map { $0.text("id") }
        }
    }

    public func save(_ checkpoints: [JobCheckpoint]) throws(JobStoreError) -> [JobID] {
        let contents = checkpoints.flatMap(\.contents)
        let lost = try puttingAside(Dictionary(contents) { $1 }) { (aside) throws(JobStoreError) in
            try write(checkpoints, aside)
        }
        listener.noteEnd(of: lost)
        let saved = checkpoints.map(\.lease).filter { !lost.contains($0.job.id) }
        sendChanged(saved)
        // Of a job that is shared, nobody here knows better than the store.
        observers.tell(saved.filter { $0.part != nil }.map { .changed($0.job.id) })
        return lost
    }

    /// - Returns: the jobs whose lease is gone.
    private func write(_ checkpoints: [JobCheckpoint], _ aside: Aside) throws(JobStoreError) -> [JobID] {
        try write { connection, _ in
            var lost: [JobID] = [], blobs: [String] = []
            for checkpoint in checkpoints.sorted(by: { $0.lease.job.id.description < $1.lease.job.id.description }) {
                guard let ordinal = try self.record(connection, checkpoint.usage, under: checkpoint.lease) else {
                    lost.append(checkpoint.lease.job.id)
                    continue
                }
                try ImageRow.replace(connection, checkpoint.trajectories, of: ordinal)
                blobs += try ImageRow.insert(connection, checkpoint, of: ordinal, aside)
            }
            try aside.settle(connection, blobs)
            return lost
        }
    }

    public func finish(_ checkpoint: JobCheckpoint) throws(JobStoreError) {
        let id = checkpoint.lease.job.id
        try puttingAside(Dictionary(checkpoint.contents) { $1 }) { (aside) throws(JobStoreError) in
            if aside.isEmpty, try finishAtOnce(checkpoint) { return }
            try ending(checkpoint.lease, as: .succeeded) { connection in
                guard let ordinal = try self.record(connection, checkpoint.usage, under: checkpoint.lease) else {
                    throw JobStoreError.leaseLost(id)
                }
                try aside.settle(connection, try ImageRow.insert(connection, checkpoint, of: ordinal, aside))
                try self.succeed(connection, ordinal, checkpoint)
            }
        }
        listener.noteEnd(of: [id])
        tell([.ended(id)])
    }

    /// Ends a job of which all is stored.
    /// - Throws: `incomplete` if not all is.
    func succeed(_ connection: PostgresConnection, _ ordinal: Int64, _ checkpoint: JobCheckpoint) throws {
        let lease = checkpoint.lease, expected = lease.job.progress.images
        // Where all have just been made nothing has to be looked up.
        let images =
            checkpoint.finished.count == expected
            ? checkpoint.finished.sorted { $0.key < $1.key }.map { ImageRecord($1.output, index: $0) }
            : try ImageRow.records(connection, of: [ordinal])[ordinal] ?? []
        try JobRules.checkComplete(images.map(\.index), of: lease.job.id, expected: expected)
        connection.later(
            """
            UPDATE jobs SET
                status = 'succeeded', last_lease = $4, \(Self.noLease), finished_at = moment($2),
                started_at = coalesce(started_at, moment($2)), image_steps = images * steps, images_done = images,
                stored_bytes = least(greatest(stored_bytes, 0), 1::bigint << 60) + $3, has_begun = false,
                \(Self.nextVersion)
            WHERE ordinal = $1
            """,
            [
                .integer(ordinal), now, .integer(images.reduce(0) { $0 + $1.byteCount }), .text(lease.token),
            ])
        let outcome = AuditEntry.Act.imagesOutcome(images)
        try AuditRow.append(connection, .init(.succeed, outcome: outcome), job: ordinal, at: now)
    }

    public func fail(_ lease: JobLease, problem: [UInt8], usage: JobUsage) throws(JobStoreError) {
        try ending(lease, as: .failed) { connection in
            guard let ordinal = try self.record(connection, usage, under: lease) else {
                throw JobStoreError.leaseLost(lease.job.id)
            }
            if lease.part != nil { try PartRow.discard(connection, of: ordinal) }
            try ImageRow.discard(connection, of: ordinal)
            try connection.run(
                """
                UPDATE jobs SET
                    status = 'failed', last_lease = $4, \(Self.noLease), finished_at = moment($2), error = $3,
                    has_begun = false, \(Self.nextVersion)
                WHERE ordinal = $1
                """, [.integer(ordinal), self.now, .bytes(problem), .text(lease.token)])
            try AuditRow.append(
                connection, .init(.fail, outcome: JobStatus.failed.rawValue), job: ordinal, at: self.now)
        }
        listener.noteEnd(of: [lease.job.id])
        observers.tell([.ended(lease.job.id)])
        // Who makes other images of it may stop.
        listener.send([lease.part == nil ? .ended(lease.job.id) : .cancelled(lease.job.id)])
    }

    /// A transaction that ends a job under a lease. If an earlier one did so already, in this call or in one whose
    /// answer was lost, the end is found and not made again.
    private func ending(
        _ lease: JobLease, as status: JobStatus, _ body: (PostgresConnection) throws -> Void
    ) throws(JobStoreError) {
        let mayHaveEnded = uncertain.withLock { $0.contains(lease.token) }
        do {
            try write { connection, attempt in
                if attempt.mayHaveCommitted { self.note(lease, mayHaveEnded: true) }
                if attempt.mayHaveCommitted || mayHaveEnded {
                    let ended = try connection.run(
                        "SELECT 1 AS one FROM jobs WHERE id = $1 AND last_lease = $2 AND status = $3",
                        [.text(lease.job.id.description), .text(lease.token), .text(status.rawValue)])
                    if !ended.rows.isEmpty { return }
                }
                try body(connection)
            }
        } catch {
            // The answer to a commit may be what is missing: the next call has to look.
            note(lease, mayHaveEnded: error.isPassing)
            throw error
        }
        note(lease, mayHaveEnded: false)
    }

    /// Remembers whether a job may have been ended under a lease by a commit whose answer never came.
    func note(_ lease: JobLease, mayHaveEnded: Bool) {
        uncertain.withLock { tokens in
            if mayHaveEnded { tokens.insert(lease.token) } else { tokens.remove(lease.token) }
        }
    }

    public func release(_ leases: [JobLease]) throws(JobStoreError) {
        guard !leases.isEmpty else { return }
        let parts = leases.filter { $0.part != nil }, whole = leases.filter { $0.part == nil }
        let released = try write { connection, _ in
            let parts = try self.releaseParts(connection, parts)
            guard !whole.isEmpty else { return parts }
            let others = try connection.run(
                """
                WITH \(Self.held)
                UPDATE jobs SET
                    status = 'queued', has_begun = false, \(Self.noLease), attempt = released_attempts(attempt),
                    fruitless_attempts = released_attempts(fruitless_attempts), \(Self.nextVersion)
                FROM held WHERE jobs.ordinal = held.ordinal RETURNING id
                """, Self.keys(whole)
            ).rows.map { $0.text("id") }
            return parts + others
        }
        let ids = Set(released)
        listener.noteEnd(of: leases.map(\.job.id))
        tell(leases.map(\.job.id).filter { ids.contains($0.description) }.map { .arrived($0) })
    }

    public func cancel(_ id: JobID, usage: JobUsage?, by actor: String) throws(JobStoreError) -> Job {
        let (job, isNew) = try write { connection, _ in
            let row = try JobRow.require(connection, id: id, locked: true)
            guard !row.job.status.isTerminal else { return (row.job, false) }
            let isShared = try PartRow.discard(connection, of: row.ordinal)
            if let usage, row.isLeased, !isShared { try self.update(connection, usage, of: row.ordinal) }
            if JobRules.givesTurnBack(row.job) { try AccountRow.giveBack(connection, row.ordinal) }
            try ImageRow.discard(connection, of: row.ordinal)
            try AuditRow.append(
                connection, .init(.cancel, by: actor, outcome: JobStatus.cancelled.rawValue), job: row.ordinal,
                at: self.now)
            try connection.run(
                """
                UPDATE jobs SET status = 'cancelled', \(Self.noLease), finished_at = moment($2), has_begun = false,
                    \(Self.nextVersion)
                WHERE ordinal = $1
                """, [.integer(row.ordinal), self.now])
            return (try JobRow.require(connection, id: id).job, true)
        }
        listener.noteEnd(of: [id])
        if isNew { tell([.cancelled(id)]) }
        return job
    }

    /// Takes over the totals of a job if the lease still stands.
    /// - Returns: the job's ordinal; nil when the lease is gone.
    func record(
        _ connection: PostgresConnection, _ usage: JobUsage, under lease: JobLease
    ) throws -> Int64? {
        if lease.part != nil { return try recordPart(connection, usage, under: lease) }
        return try connection.run(
            "UPDATE jobs SET \(Self.totals) WHERE id = $7 AND lease = $8 RETURNING ordinal",
            values(usage) + [.text(lease.job.id.description), .text(lease.token)]
        ).rows.first?.integer("ordinal")
    }

    /// The lease is renewed, and the version moves if somebody may see the difference.
    private static let totals = """
        version = CASE
            WHEN (compute_ns, network_calls, image_steps, images_done) = ($1, $2, $3, $4) THEN version
            ELSE next_version(version) END,
        \(fruitlessAttempts(stepsNow: "$3")),
        compute_ns = $1, network_calls = $2, image_steps = $3, images_done = $4,
        lease_expires_at = moment($5) + $6::bigint
        """

    private func values(_ usage: JobUsage) -> [SQLValue] {
        [
            .integer(usage.computeNanoseconds), .integer(usage.networkCalls), .integer(usage.imageSteps),
            .integer(usage.imagesDone), now, leaseMilliseconds,
        ]
    }

    private func update(_ connection: PostgresConnection, _ usage: JobUsage, of ordinal: Int64) throws {
        try connection.run(
            "UPDATE jobs SET \(Self.totals) WHERE ordinal = $7", values(usage) + [.integer(ordinal)])
    }
}
