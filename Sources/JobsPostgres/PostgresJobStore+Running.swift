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

    func update(_ connection: PostgresConnection, _ usage: JobUsage, of ordinal: Int64) throws {
        try connection.run(
            "UPDATE jobs SET \(Self.totals) WHERE ordinal = $7", values(usage) + [.integer(ordinal)])
    }
}
