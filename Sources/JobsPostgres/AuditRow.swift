import Jobs

/// Rows of the tables `audit_pending` and `audit`: who has done what.
enum AuditRow {
    /// Writes down an entry; to be called within the transaction of what it tells.
    static func append(
        _ connection: PostgresConnection, _ event: AuditEntry.Event, at now: SQLValue
    ) throws(PostgresError) {
        connection.later(
            """
            INSERT INTO audit_pending (at, who, action, job, owner, recipe, outcome)
            VALUES (moment($1), $2, $3, $4, $5, $6, $7)
            """,
            [
                now, .text(event.act.who), .text(event.act.action.rawValue), .text(event.job.description),
                .text(event.owner), .text(event.recipe), .text(event.act.outcome),
            ])
    }

    /// The same, of a job in the store.
    static func append(
        _ connection: PostgresConnection, _ act: AuditEntry.Act, job ordinal: Int64, at now: SQLValue
    ) throws(PostgresError) {
        connection.later(
            """
            INSERT INTO audit_pending (at, who, action, job, owner, recipe, outcome)
            SELECT moment($1), $2, $3, id, owner, coalesce(encode(sha256(run), 'hex'), ''), $4
            FROM jobs WHERE ordinal = $5
            """, [now, .text(act.who), .text(act.action.rawValue), .text(act.outcome), .integer(ordinal)])
    }

    /// Chains what has been committed until now.
    static func chain(_ connection: PostgresConnection) throws(PostgresError) {
        while try chainPortion(connection) {}
    }

    /// - Returns: whether there may be more.
    private static func chainPortion(_ connection: PostgresConnection) throws(PostgresError) -> Bool {
        let most = 1_000
        // What this version cannot read waits for one that can.
        let isKnown = "action = ANY($1)", actions = SQLValue.texts(AuditEntry.Action.allCases.map(\.rawValue))
        let sign = try connection.run("SELECT 1 AS one FROM audit_pending WHERE \(isKnown) LIMIT 1", [actions])
        guard !sign.rows.isEmpty else { return false }
        try connection.runScript("BEGIN; LOCK TABLE audit IN SHARE ROW EXCLUSIVE MODE")
        do throws(PostgresError) {
            let rows = try connection.run(
                """
                SELECT entry, at, who, action, job, owner, recipe, outcome FROM audit_pending WHERE \(isKnown)
                ORDER BY entry LIMIT $2
                """, [actions, .integer(most)]
            ).rows
            var last = try connection.run("SELECT sequence, digest FROM audit ORDER BY sequence DESC LIMIT 1").rows
                .first.map { (sequence: $0.integer("sequence") ?? 0, digest: $0.text("digest")) }
            let known = rows.compactMap { row in event(row).map { (row: row, event: $0) } }
            let entries = known.map { row, event in
                let entry = AuditEntry(event, at: row.moment("at"), after: last)
                last = (entry.sequence, entry.digest)
                return entry
            }
            try insert(connection, entries)
            // Those of rows that are no jobs any more, too: they have no id by which anybody would know them.
            try connection.run(
                "DELETE FROM audit_pending WHERE entry = ANY($1)",
                [.integers(rows.compactMap { $0.integer("entry") })])
            try connection.runScript("COMMIT")
            return rows.count == most
        } catch {
            try? connection.runScript("ROLLBACK")
            throw error
        }
    }

    static func insert(_ connection: PostgresConnection, _ entries: [AuditEntry]) throws(PostgresError) {
        try connection.run(
            """
            INSERT INTO audit (sequence, at, who, action, job, owner, recipe, outcome, previous, digest)
            SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
                $7::text[], $8::text[], $9::text[], $10::text[])
            """,
            [
                .integers(entries.map(\.sequence)), .integers(entries.map(\.at.milliseconds)),
                .texts(entries.map(\.event.act.who)), .texts(entries.map(\.event.act.action.rawValue)),
                .texts(entries.map(\.event.job.description)), .texts(entries.map(\.event.owner)),
                .texts(entries.map(\.event.recipe)), .texts(entries.map(\.event.act.outcome)),
                .texts(entries.map(\.previous)), .texts(entries.map(\.digest)),
            ])
    }

    private static func event(_ row: SQLRow) -> AuditEntry.Event? {
        guard let id = JobID(row.text("job")), let action = AuditEntry.Action(rawValue: row.text("action")) else {
            return nil
        }
        return AuditEntry.Event(
            .init(action, by: row.text("who"), outcome: row.text("outcome")), job: id, owner: row.text("owner"),
            recipe: row.text("recipe"))
    }

    /// - Throws: `storeUnavailable` for a row that is none.
    static func fetch(_ connection: PostgresConnection, after sequence: Int64, limit: Int) throws -> [AuditEntry] {
        try connection.run(
            """
            SELECT sequence, at, who, action, job, owner, recipe, outcome, previous, digest FROM audit
            WHERE sequence > $1 ORDER BY sequence LIMIT $2
            """, [.integer(sequence), .integer(max(1, limit))]
        ).rows.map { row in
            let number = row.integer("sequence") ?? 0
            guard let event = event(row) else {
                throw JobStoreError.storeUnavailable("row \(number) of the table audit is no entry of this version")
            }
            return AuditEntry(
                sequence: number, at: row.moment("at"), event,
                previous: row.text("previous"), digest: row.text("digest"))
        }
    }
}
