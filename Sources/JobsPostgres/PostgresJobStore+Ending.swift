import Jobs

// How jobs end.
extension PostgresJobStore {
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
        try AuditRow.append(connection, .succeeded(images), job: ordinal, at: now)
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
            try AuditRow.append(connection, .failed, job: ordinal, at: self.now)
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

    public func cancel(
        _ id: JobID, usage: JobUsage?, by actor: String, ifStored stored: Int64?
    ) throws(JobStoreError) -> Job {
        let (job, isNew) = try write { connection, _ in
            let row = try JobRow.require(connection, id: id, locked: true)
            guard !row.job.status.isTerminal else { return (row.job, false) }
            try JobRules.check(row.job, isStillAt: stored)
            let isShared = try PartRow.discard(connection, of: row.ordinal)
            if let usage, row.isLeased, !isShared { try self.update(connection, usage, of: row.ordinal) }
            if JobRules.givesTurnBack(row.job) { try AccountRow.giveBack(connection, row.ordinal) }
            try ImageRow.discard(connection, of: row.ordinal)
            try AuditRow.append(connection, .cancelled(by: actor), job: row.ordinal, at: self.now)
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
}
