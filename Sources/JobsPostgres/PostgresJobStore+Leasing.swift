import Jobs

// How jobs are taken out of the queue.
extension PostgresJobStore {
    public func lease(_ places: LeasePlaces) throws(JobStoreError) -> [JobLease] {
        guard !places.isEmpty else { return [] }
        listener.noteTaking()
        var left = places
        let leases = try gathering { (leases) throws(JobStoreError) in
            let (new, isMore) = try leaseNew(&left)
            leases += new
            if isMore { leases += try leaseOthers(left) }
        }
        listener.note(leases.map(\.job.id), areAll: left.isEmpty)
        return try withInputs(leases)
    }

    /// Leases that `body` gathers, by one transaction after the other: those that were given are this process's, also
    /// where the rest cannot be had.
    /// - Throws: what `body` throws, if none was given.
    func gathering(_ body: (inout [JobLease]) throws(JobStoreError) -> Void) throws(JobStoreError) -> [JobLease] {
        var leases: [JobLease] = []
        do throws(JobStoreError) {
            try pastDamage { () throws(JobStoreError) in try body(&leases) }
        } catch {
            if leases.isEmpty { throw error }
        }
        return leases
    }

    /// Leases parts of jobs that are shared, and jobs that are under way already or are to be shared.
    private func leaseOthers(_ places: LeasePlaces) throws(JobStoreError) -> [JobLease] {
        // Found out without a transaction that writes.
        let waiting = try waiting(places)
        var places = places
        let leases = try gathering { (leases) throws(JobStoreError) in
            // A job that is under way already comes before one that has not been begun.
            if waiting.parts { leases += try leaseParts(&places) }
            if !waiting.small { places.small = 0 }
            if !waiting.large { places.large = 0 }
            if !places.isEmpty { leases += try leaseNext(places) }
        }
        tellOfRest(leases)
        return leases
    }

    private func leaseNext(_ places: LeasePlaces) throws(JobStoreError) -> [JobLease] {
        let token = Self.newToken()
        return try write { connection, attempt in
            if attempt.mayHaveCommitted {
                let found = try self.leased(connection, token) + self.leasedParts(connection, token)
                if !found.isEmpty { return found }
            }
            return try self.next(connection, places).map { try self.start(connection, $0, token, places) }
        }
    }

    /// Whether there are parts of jobs that others have begun, and jobs of either size that nobody has, to be leased.
    private func waiting(_ places: LeasePlaces) throws(JobStoreError) -> (parts: Bool, small: Bool, large: Bool) {
        var filter = conditions(places)
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
    func conditions(_ places: LeasePlaces) -> SQLFilter {
        var filter = SQLFilter()
        filter.require("model = ANY(?)", places.models.map { .texts($0.sorted()) })
        filter.require(
            "weights_sha256 || ' ' || model = ANY(?)",
            places.weights.map { .texts($0.map { "\($0.weightsSHA256) \($0.name)" }.sorted()) })
        filter.require("arithmetic IN ('', ?)", places.arithmetic.map { .text($0) })
        filter.require("owner <> ALL(?)", places.without.isEmpty ? nil : .texts(places.without.sorted()))
        let unreadable = inputReading.unreadable
        filter.require("id <> ALL(?)", unreadable.isEmpty ? nil : .texts(unreadable))
        return filter
    }

    /// The jobs that have a place now, in order, with what decides whether they are shared; their rows are locked.
    private func next(_ connection: PostgresConnection, _ places: LeasePlaces) throws -> [SQLRow] {
        var found: [(turn: Int64, ordinal: Int64, row: SQLRow)] = []
        for (limit, isLarge) in [(places.small, false), (places.large, true)] where limit > 0 {
            var filter = conditions(places)
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
}
