import GRDB
import Jobs

/// Rows of the table `audit`: who has done what, each with the digest of the row before it.
enum AuditRow {
    /// Writes the next entry; to be called within the transaction of what it tells.
    static func append(_ db: Database, _ event: AuditEntry.Event, at now: Timestamp) throws {
        let last = try db.first("SELECT sequence, digest FROM audit ORDER BY sequence DESC LIMIT 1")
        let entry = AuditEntry(event, at: now, after: last.map { ($0["sequence"], $0["digest"]) })
        try db.run(
            "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                entry.sequence, entry.at.milliseconds, event.act.who, event.act.action.rawValue, event.job.description,
                event.owner, event.recipe, event.act.outcome, entry.previous, entry.digest,
            ])
    }

    /// The same, of a job in the store.
    static func append(_ db: Database, _ act: AuditEntry.Act, job ordinal: Int64, at now: Timestamp) throws {
        // A row that is no job any more has no id by which anybody would know it.
        guard let row = try db.first("SELECT id, owner, run FROM jobs WHERE ordinal = ?", [ordinal]),
            let id = JobID(row["id"] as String)
        else { return }
        let recipe = AuditEntry.Event.recipe(JobRow.optionalBytes(row["run"]))
        try append(db, AuditEntry.Event(act, job: id, owner: row["owner"], recipe: recipe), at: now)
    }

    /// - Throws: `storeUnavailable` for a row that is none.
    static func fetch(_ db: Database, after sequence: Int64, limit: Int) throws -> [AuditEntry] {
        let rows = try db.rows(
            "SELECT * FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?", [sequence, max(1, limit)])
        return try rows.map { row in
            let number: Int64 = row["sequence"]
            guard let id = JobID(row["job"] as String), let action = AuditEntry.Action(rawValue: row["action"]) else {
                throw JobStoreError.storeUnavailable("row \(number) of the table audit is no entry of this version")
            }
            return AuditEntry(
                sequence: number, at: row.moment("at"),
                .init(
                    .init(action, by: row["who"], outcome: row["outcome"]), job: id, owner: row["owner"],
                    recipe: row["recipe"]), previous: row["previous"], digest: row["digest"])
        }
    }
}
