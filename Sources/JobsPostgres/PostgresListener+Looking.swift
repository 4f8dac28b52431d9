import Jobs

// Looking at what nobody has said, or what was not heard.
extension PostgresListener {
    /// So many of the processes that only compute hear at the same time.
    static let turns = 24
    /// So long at most nobody looks again.
    static let longest = Duration.seconds(10)

    /// Whether it looks so often that it looks after processes that have died as well.
    private var looksAfterOthers: Bool { interval <= Self.longest }

    /// What has ended since the last look, and whether something waits: with one statement where nothing has happened.
    /// Jobs whose lease has ended are taken back, soon after the moment: it is known beforehand.
    func look(_ hearing: inout Hearing, _ handlers: Handlers) throws(PostgresError) -> [StoreEvent] {
        let held = state.withLock { $0.held }
        let answer = try hearing.connection.run(
            Self.present,
            [
                .text(owner), .texts(AuditEntry.Action.allCases.map(\.rawValue)),
                .texts(held.map(\.description).sorted()),
            ]
        ).rows.first
        guard let row = answer else { throw .missing(row: "occurrence_head") }
        hearing.gate.atRest = Int(row.count("at_rest"))
        var events = try takesTurns ? gone(hearing.connection, held, row) : ends(&hearing, row)
        events += ["job", "part"].compactMap { JobID(row.text($0)) }.map { .arrived($0) }
        if row.boolean("is_over"), looksAfterOthers { handlers.recover() }
        // Not all processes at the same moment.
        let pause = state.withLock { $0.held.isEmpty } || !takesTurns ? interval : min(interval, .milliseconds(500))
        hearing.nextLook = .now + pause * Double.random(in: 0.75...1)
        if let left = row.integer("lease_left"), looksAfterOthers {
            let moment = ContinuousClock.now + .milliseconds(max(0, left)) + .milliseconds(Int.random(in: 20...500))
            hearing.nextLook = min(hearing.nextLook, moment)
        }
        return events
    }

    /// A row: what there is now, and whether there is more to be done. Of who could take jobs those count that would
    /// hear of one.
    private static let present = """
        SELECT latest,
            EXISTS (SELECT 1 FROM occurrences WHERE sequence IS NULL) AS is_unnumbered,
            EXISTS (SELECT 1 FROM audit_pending WHERE action = ANY ($2)) AS is_unchained,
            EXISTS (SELECT 1 FROM unnest($3::text[]) AS held (job) WHERE NOT EXISTS (
                SELECT 1 FROM jobs WHERE jobs.id = held.job AND status = 'running')) AS is_any_gone,
            (SELECT id FROM jobs WHERE status = 'queued' LIMIT 1) AS job,
            (SELECT id FROM parts JOIN jobs ON ordinal = job WHERE parts.lease IS NULL LIMIT 1) AS part,
            (SELECT count(*) FILTER (WHERE role = 'all') + least(\(turns), count(*) FILTER (WHERE role = 'worker'))
                FROM workers WHERE seen_at > moment(NULL) - 30000 AND NOT is_draining AND active_jobs = 0) AS at_rest,
            EXISTS (SELECT 1 FROM jobs WHERE status = 'running' AND lease_expires_at <= moment(NULL)
                AND lease_owner <> $1)
                OR EXISTS (SELECT 1 FROM parts WHERE lease_expires_at <= moment(NULL) AND lease_owner <> $1) AS is_over,
            least((SELECT min(lease_expires_at) FROM jobs WHERE status = 'running' AND lease_owner <> $1),
                (SELECT min(lease_expires_at) FROM parts WHERE lease_owner <> $1)) - moment(NULL) AS lease_left
        FROM occurrence_head
        """

    /// The ends since the last look, for those who are asked about them.
    private func ends(_ hearing: inout Hearing, _ row: SQLRow) throws(PostgresError) -> [StoreEvent] {
        let connection = hearing.connection, isUnnumbered = row.boolean("is_unnumbered")
        if isUnnumbered { try Occurrences.number(connection) }
        if row.boolean("is_unchained") { try AuditRow.chain(connection) }
        let latest = isUnnumbered ? try Occurrences.latest(connection) : row.integer("latest") ?? 0
        guard let known = hearing.latest, latest > known else {
            hearing.latest = hearing.latest ?? latest
            return []
        }
        let rows = try connection.run(
            """
            SELECT occurrences.sequence AS sequence, occurrences.image IS NULL AS is_end, id, status
            FROM occurrences JOIN jobs ON ordinal = occurrences.job
            WHERE sequence > $1 ORDER BY sequence LIMIT 1000
            """, [.integer(known)]
        ).rows
        hearing.latest = rows.last?.integer("sequence") ?? known
        return rows.compactMap { row in
            guard let id = JobID(row.text("id")) else { return nil }
            guard row.boolean("is_end") else { return .changed(id) }
            return row.text("status") == JobStatus.cancelled.rawValue ? .cancelled(id) : .ended(id)
        }
    }

    /// Those of the jobs computed here that somebody has cancelled or removed, or that have failed elsewhere.
    private func gone(
        _ connection: PostgresConnection, _ held: Set<JobID>, _ row: SQLRow
    ) throws(PostgresError) -> [StoreEvent] {
        guard row.boolean("is_any_gone") else { return [] }
        let rows = try connection.run(
            """
            SELECT held.id AS id, coalesce(status, 'removed') AS status
            FROM unnest($1::text[]) AS held (id) LEFT JOIN jobs ON jobs.id = held.id
            WHERE status IS DISTINCT FROM 'running'
            """, [.texts(held.map(\.description).sorted())]
        ).rows
        noteEnd(of: rows.compactMap { JobID($0.text("id")) })
        let isOver = ["removed", JobStatus.cancelled.rawValue, JobStatus.failed.rawValue]
        return rows.filter { isOver.contains($0.text("status")) }.compactMap { JobID($0.text("id")) }.map {
            .cancelled($0)
        }
    }
}
